using System.Text;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>Values of events as .NET knows them.</summary>
internal static class PlainValue
{
    public static object? Of(in SqlValue value) => value.Type switch
    {
        SqliteNative.Integer => value.Integer,
        SqliteNative.Float => value.Real,
        SqliteNative.Text => Encoding.UTF8.GetString(value.Bytes),
        SqliteNative.Blob => value.Bytes.ToArray(),
        _ => null,
    };

    /// <summary>Any item; an integer beyond 64 bits with a sign is a ulong, a link its text.</summary>
    public static object? Of(scoped ref CborReader reader)
    {
        switch (reader.Peek())
        {
            case CborKind.Boolean:
                return reader.ReadBoolean();
            case CborKind.Integer:
                var raw = reader.SkipRaw();
                var integer = new CborReader(raw);
                // The types must stay apart: one expression would make doubles of all of them.
                return raw switch
                {
                    [0x1b, >= 0x80, ..] => (object)integer.ReadUInt64(),
                    [0x3b, >= 0x80, ..] => (object)double.NegativeInfinity,
                    _ => (object)integer.ReadInt64(),
                };
            case CborKind.Double:
                return reader.ReadDouble();
            case CborKind.Text:
                return reader.ReadText();
            case CborKind.Bytes:
                return reader.ReadBytes().ToArray();
            case CborKind.Link:
                return reader.ReadLink().ToString();
            case CborKind.Array:
                var list = new List<object?>();
                for (var count = reader.ReadArray(); count > 0; count--)
                {
                    list.Add(Of(ref reader));
                }

                return list;
            case CborKind.Map:
                var map = new Dictionary<string, object?>(StringComparer.Ordinal);
                for (var count = reader.ReadMap(); count > 0; count--)
                {
                    var name = Encoding.UTF8.GetString(reader.ReadKey());
                    map.Add(name, Of(ref reader));
                }

                return map;
            default:
                reader.ReadNull();
                return null;
        }
    }
}
