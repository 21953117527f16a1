using System.Runtime.InteropServices;
using System.Text;

namespace Threads.Data.Sqlite;

/// <summary>What a virtual table shows; all calls come while a statement runs on the connection.</summary>
internal interface IVirtualTable
{
    /// <summary>The columns, as CREATE TABLE has them between its brackets.</summary>
    string Columns { get; }

    /// <summary>The first columns, of which each that a query gives a value for makes it cheaper; one without the ones before it doesn't.</summary>
    int KeyColumns { get; }

    IVirtualCursor Open();
}

/// <summary>One walk through a virtual table.</summary>
internal interface IVirtualCursor : IDisposable
{
    /// <summary>Begins anew with the rows whose first columns have these values; the values live until it returns.</summary>
    void Filter(ReadOnlySpan<nint> values);

    /// <summary>Steps to the next row, the first included; false behind the last.</summary>
    bool MoveNext();

    /// <summary>Gives a column of the row to <see cref="SqliteNative"/>'s result functions.</summary>
    void Column(int column, nint context);
}

/// <summary>
/// Makes a table of a program's data known to a connection, under a name that needs no CREATE and stands in no file (an eponymous virtual table,
/// sqlite.org/vtab.html): other tools see nothing of it. It can be read only.
/// </summary>
internal sealed unsafe class VirtualTable : IDisposable
{
    private const int GeneralError = SqliteNative.GeneralError;
    private const byte Equal = 2;

    private readonly Module* _module;
    private GCHandle _self;

    public VirtualTable(SqliteDatabase database, string name, IVirtualTable table)
    {
        _self = GCHandle.Alloc(table);
        _module = (Module*)NativeMemory.AllocZeroed((nuint)sizeof(Module));
        *_module = new Module
        {
            Version = 1, Connect = &OnConnect, BestIndex = &OnBestIndex, Disconnect = &OnDisconnect, Open = &OnOpen, Close = &OnClose, Filter = &OnFilter, Next = &OnNext,
            Eof = &OnEof, Column = &OnColumn, RowId = &OnRowId,
        };
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            var rc = SqliteNative.CreateModule(database.Handle, text, _module, GCHandle.ToIntPtr(_self), 0);
            if (rc != SqliteNative.Ok)
            {
                throw database.Error(rc);
            }
        }
    }

    /// <summary>Only after the connection is closed.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_module);
        _self.Free();
    }

    [UnmanagedCallersOnly]
    private static int OnConnect(nint database, nint data, int count, nint arguments, Table** result, byte** error)
    {
        var table = (IVirtualTable)GCHandle.FromIntPtr(data).Target!;
        fixed (byte* text = Encoding.UTF8.GetBytes($"CREATE TABLE x({table.Columns})\0"))
        {
            var rc = SqliteNative.DeclareVirtualTable(database, text);
            if (rc != SqliteNative.Ok)
            {
                return rc;
            }
        }

        *result = (Table*)NativeMemory.AllocZeroed((nuint)sizeof(Table));
        (*result)->Data = data;
        return SqliteNative.Ok;
    }

    /// <summary>Asks for the values of the first columns that have one; the plan's number is how many.</summary>
    [UnmanagedCallersOnly]
    private static int OnBestIndex(Table* table, IndexInfo* info)
    {
        var wanted = ((IVirtualTable)GCHandle.FromIntPtr(table->Data).Target!).KeyColumns;
        var found = 0;
        for (; found < wanted; found++)
        {
            var isFound = false;
            for (var i = 0; i < info->ConstraintCount && !isFound; i++)
            {
                var constraint = info->Constraints + i;
                if (constraint->Column == found && constraint->Operator == Equal && constraint->IsUsable != 0)
                {
                    info->Usages[i] = new Usage { Argument = found + 1, Omit = 1 };
                    isFound = true;
                }
            }

            if (!isFound)
            {
                break;
            }
        }

        info->IndexNumber = found;
        info->EstimatedRows = found == wanted ? 10 : 1_000_000;
        info->EstimatedCost = found == wanted ? 10 : found > 0 ? 1e6 : 1e8;
        return SqliteNative.Ok;
    }

    [UnmanagedCallersOnly]
    private static int OnDisconnect(Table* table)
    {
        NativeMemory.Free(table);
        return SqliteNative.Ok;
    }

    [UnmanagedCallersOnly]
    private static int OnOpen(Table* table, Cursor** result)
    {
        try
        {
            var cursor = ((IVirtualTable)GCHandle.FromIntPtr(table->Data).Target!).Open();
            *result = (Cursor*)NativeMemory.AllocZeroed((nuint)sizeof(Cursor));
            (*result)->Data = GCHandle.ToIntPtr(GCHandle.Alloc(cursor));
            return SqliteNative.Ok;
        }
        catch (Exception e)
        {
            return Fail(table, e);
        }
    }

    [UnmanagedCallersOnly]
    private static int OnClose(Cursor* cursor)
    {
        var handle = GCHandle.FromIntPtr(cursor->Data);
        ((IVirtualCursor)handle.Target!).Dispose();
        handle.Free();
        NativeMemory.Free(cursor);
        return SqliteNative.Ok;
    }

    [UnmanagedCallersOnly]
    private static int OnFilter(Cursor* cursor, int plan, byte* text, int count, nint* values)
    {
        try
        {
            var target = Of(cursor);
            target.Filter(new ReadOnlySpan<nint>(values, count));
            cursor->IsOver = target.MoveNext() ? 0 : 1;
            cursor->Row = 1;
            return SqliteNative.Ok;
        }
        catch (Exception e)
        {
            return Fail(cursor->Table, e);
        }
    }

    [UnmanagedCallersOnly]
    private static int OnNext(Cursor* cursor)
    {
        try
        {
            cursor->IsOver = Of(cursor).MoveNext() ? 0 : 1;
            cursor->Row++;
            return SqliteNative.Ok;
        }
        catch (Exception e)
        {
            return Fail(cursor->Table, e);
        }
    }

    [UnmanagedCallersOnly]
    private static int OnEof(Cursor* cursor) => cursor->IsOver;

    [UnmanagedCallersOnly]
    private static int OnColumn(Cursor* cursor, nint context, int column)
    {
        try
        {
            Of(cursor).Column(column, context);
            return SqliteNative.Ok;
        }
        catch (Exception e)
        {
            return Fail(cursor->Table, e);
        }
    }

    [UnmanagedCallersOnly]
    private static int OnRowId(Cursor* cursor, long* row)
    {
        *row = cursor->Row;
        return SqliteNative.Ok;
    }

    private static IVirtualCursor Of(Cursor* cursor) => (IVirtualCursor)GCHandle.FromIntPtr(cursor->Data).Target!;

    /// <summary>An exception must not cross SQLite's frames; it becomes the statement's error.</summary>
    private static int Fail(Table* table, Exception error)
    {
        var text = Encoding.UTF8.GetBytes(error.Message + '\0');
        if (table->Error is not null)
        {
            SqliteNative.Free(table->Error);
        }

        table->Error = SqliteNative.Allocate(text.Length);
        text.CopyTo(new Span<byte>(table->Error, text.Length));
        return GeneralError;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Module
    {
        public int Version;
        public nint Create;
        public delegate* unmanaged<nint, nint, int, nint, Table**, byte**, int> Connect;
        public delegate* unmanaged<Table*, IndexInfo*, int> BestIndex;
        public delegate* unmanaged<Table*, int> Disconnect;
        public nint Destroy;
        public delegate* unmanaged<Table*, Cursor**, int> Open;
        public delegate* unmanaged<Cursor*, int> Close;
        public delegate* unmanaged<Cursor*, int, byte*, int, nint*, int> Filter;
        public delegate* unmanaged<Cursor*, int> Next;
        public delegate* unmanaged<Cursor*, int> Eof;
        public delegate* unmanaged<Cursor*, nint, int, int> Column;
        public delegate* unmanaged<Cursor*, long*, int> RowId;
        public nint Update;
        public nint Begin;
        public nint Sync;
        public nint Commit;
        public nint Rollback;
        public nint FindFunction;
        public nint Rename;
    }

    /// <summary>sqlite3_vtab, and what is ours behind it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Table
    {
        public nint Module;
        public int References;
        public byte* Error;
        public nint Data;
    }

    /// <summary>sqlite3_vtab_cursor, and what is ours behind it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Cursor
    {
        public Table* Table;
        public nint Data;
        public long Row;
        public int IsOver;
    }

    /// <summary>sqlite3_index_info, as far as it is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IndexInfo
    {
        public int ConstraintCount;
        public Constraint* Constraints;
        public int OrderCount;
        public nint Order;
        public Usage* Usages;
        public int IndexNumber;
        public nint IndexText;
        public int MustFreeIndexText;
        public int IsOrdered;
        public double EstimatedCost;
        public long EstimatedRows;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Constraint
    {
        public int Column;
        public byte Operator;
        public byte IsUsable;
        public int Term;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Usage
    {
        public int Argument;
        public byte Omit;
    }
}
