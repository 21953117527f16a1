using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>A cell while operations are applied to it: its value, and what the kind keeps beside it until <see cref="ICellOperation.Finish"/>.</summary>
internal sealed class MergeCell
{
    private byte[] _bytes = [];
    private int _length;
    private int _type = SqliteNative.Null;
    private long _integer;
    private double _real;

    /// <summary>What the column shows.</summary>
    public SqlValue Value
    {
        get => _type switch
        {
            SqliteNative.Integer => SqlValue.Of(_integer),
            SqliteNative.Float => SqlValue.Of(_real),
            SqliteNative.Text => SqlValue.OfText(_bytes.AsSpan(0, _length)),
            SqliteNative.Blob => SqlValue.OfBlob(_bytes.AsSpan(0, _length)),
            _ => SqlValue.Null,
        };

        set
        {
            _type = value.Type;
            _integer = value.Integer;
            _real = value.Real;
            if (_type is SqliteNative.Text or SqliteNative.Blob)
            {
                if (_bytes.Length < value.Bytes.Length)
                {
                    _bytes = new byte[value.Bytes.Length];
                }

                value.Bytes.CopyTo(_bytes);
                _length = value.Bytes.Length;
            }
        }
    }

    public bool IsNull => _type == SqliteNative.Null;

    /// <summary>The value as its kind works with it, newer than <see cref="Value"/> until <see cref="ICellOperation.Finish"/>; null: nothing but the value.</summary>
    public object? Live { get; set; }

    /// <summary>A number of which <see cref="Value"/> shows no more than the column can; null: the value says it all.</summary>
    public object? Exact { get; set; }

    /// <summary>A function that an operation called and that nobody registered in this process.</summary>
    public string? Missing { get; set; }

    /// <summary>What a kind that keeps more than the value stored with the cell (<see cref="ICellOperation.KeepsState"/>); null: nothing.</summary>
    public byte[]? State { get; set; }

    /// <summary>The assignment that the cell's operations stand upon; no time: not known.</summary>
    public MergeStamp Assigned { get; set; } = new(-1, 0);

    /// <summary>The event to come, while a local change is made an operation.</summary>
    public MergeStamp Event { get; set; }

    /// <summary>Who makes it.</summary>
    public MergeAuthor? Author { get; set; }

    /// <summary>Begins anew with a value.</summary>
    public void Reset(in SqlValue value)
    {
        Assigned = new(-1, 0);
        Value = value;
        Live = Exact = null;
        Missing = null;
        State = null;
    }
}
