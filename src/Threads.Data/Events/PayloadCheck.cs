using Threads.Data.Ipld;

namespace Threads.Data.Events;

/// <summary>Walks a payload's events once when it comes from outside, so that a fold meets no malformed one in the middle of its writes.</summary>
internal static class PayloadCheck
{
    /// <summary>The reader stands at the first event; behind the last one afterwards.</summary>
    /// <exception cref="EventFormatException">An event is none of its shapes', or a value is of a kind no column holds.</exception>
    public static void Events(scoped ref CborReader reader, in PayloadHeader header)
    {
        for (var i = 0; i < header.EventCount; i++)
        {
            var values = reader.ReadArray() - 1;
            var number = values >= 0 ? reader.ReadInt64() : -1;
            PayloadHeader.Expect((ulong)number < (ulong)header.Shapes.Length && header.Shapes[number].Columns.Length == values, "an event of one of its shapes");
            for (; values > 0; values--)
            {
                if ((int)header.Shapes[number].Kind <= (int)EventKind.Delete)
                {
                    SqlValue.Read(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        reader.EnsureEnd();
    }
}
