using Threads.Data.Ipld;

namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string Records_Refused(string refusal, Cid record) => Get("Records_Refused_" + refusal, record.IsDefined ? record.ToString() : "stored");
}
