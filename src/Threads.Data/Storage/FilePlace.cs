using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>
/// Which file the log's key belongs to. Two files that write one log would fork it, so a copy, a restored backup among them, is noticed before its first write and goes on in a log of its
/// own (decision 12). Not noticed: a file whose content was put back in place, and a snapshot of a whole disk; see docs/backup.md.
/// </summary>
internal static class FilePlace
{
    private const string Name = "place";

    /// <summary>The log's key belongs to this file from now on.</summary>
    public static void Claim(SqliteDatabase database, ThreadFileOptions options)
    {
        var meta = new MetaStore(database);
        if (options.Identify(database.FileName) is { } identity)
        {
            meta.Set(Name, identity);
        }
        else
        {
            meta.Remove(Name);
        }
    }

    /// <summary>Whether the key came here with a copy.</summary>
    public static bool IsCopy(SqliteDatabase database, ThreadFileOptions options)
        => !(new MetaStore(database).Bytes(Name) ?? []).AsSpan().SequenceEqual(options.Identify(database.FileName) ?? []);

    /// <summary>What makes a database, on whatever connection, a copy wherever it lies.</summary>
    public const string DisownSql = "INSERT INTO _threads_meta(name, value) VALUES('place', x'00') ON CONFLICT(name) DO UPDATE SET value = excluded.value";
}
