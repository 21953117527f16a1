using System.Text;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Events;

/// <summary>Values on their way to SQLite, as the result of a function or the column of a virtual table.</summary>
internal static unsafe class SqlResult
{
    private const nint Copied = -1;

    public static void Value(nint context, in SqlValue value)
    {
        fixed (byte* bytes = value.Bytes)
        {
            // Of no bytes there is no place either, which SQLite would take for NULL.
            var none = (byte)0;
            var place = value.Bytes.IsEmpty ? &none : bytes;
            switch (value.Type)
            {
                case SqliteNative.Integer:
                    SqliteNative.ResultInt64(context, value.Integer);
                    break;
                case SqliteNative.Float:
                    SqliteNative.ResultDouble(context, value.Real);
                    break;
                case SqliteNative.Text:
                    SqliteNative.ResultText(context, place, value.Bytes.Length, Copied);
                    break;
                case SqliteNative.Blob:
                    SqliteNative.ResultBlob(context, place, value.Bytes.Length, Copied);
                    break;
                default:
                    SqliteNative.ResultNull(context);
                    break;
            }
        }
    }

    /// <summary>The value that is the CBOR; null: NULL.</summary>
    public static void Cbor(nint context, byte[]? cbor)
    {
        if (cbor is null || cbor.Length == 0)
        {
            SqliteNative.ResultNull(context);
            return;
        }

        var reader = new CborReader(cbor);
        Value(context, SqlValue.Read(ref reader));
    }

    public static void Text(nint context, string? text) => Value(context, text is null ? SqlValue.Null : SqlValue.OfText(Encoding.UTF8.GetBytes(text)));
}
