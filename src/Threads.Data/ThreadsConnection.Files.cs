using Microsoft.Data.Sqlite;
using Threads.Data.Resources;

namespace Threads.Data;

/// <content>SQLite's extensions, and copies of the file.</content>
public sealed partial class ThreadsConnection
{
    private bool _extensionsEnabled;
    private List<(string File, string? Procedure)>? _extensions;

    /// <summary>Whether SQL may load extensions by load_extension(); <see cref="LoadExtension"/> may always.</summary>
    /// <param name="enable">Whether to allow it.</param>
    public void EnableExtensions(bool enable = true)
    {
        _extensionsEnabled = enable;
        if (Physical is not null) Change(inner => inner.EnableExtensions(enable));
    }

    /// <summary>Loads a SQLite extension, now or when the connection is opened. Extensions can't be unloaded, so such a connection is not pooled.</summary>
    /// <param name="file">The library, with or without its ending.</param>
    /// <param name="proc">Its entry point, if it isn't the usual one.</param>
    public void LoadExtension(string file, string? proc = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (Physical is not null) Change(inner => inner.LoadExtension(file, proc));
        (_extensions ??= []).Add((file, proc));
    }

    /// <summary>Copies the whole file, log and keys included, into another SQLite database while both are open.</summary>
    /// <param name="destination">A plain SQLite connection; it is opened if it is not. What its database held is replaced.</param>
    /// <exception cref="ThreadsException">The destination holds a thread: its log would be lost.</exception>
    public void BackupDatabase(SqliteConnection destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (Physical is null) throw new InvalidOperationException(Strings.Ado_ConnectionNotOpen(nameof(BackupDatabase)));
        var close = destination.State == System.Data.ConnectionState.Closed;
        try
        {
            if (close) destination.Open();
            ThrowIfThread(destination);
            Physical.Session.Inner.BackupDatabase(destination);
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
        finally
        {
            if (close) destination.Close();
        }
    }

    /// <summary>Not possible: the destination is a thread, whose log a backup would replace.</summary>
    /// <param name="destination">Not used.</param>
    /// <exception cref="ThreadsException">Always.</exception>
    public void BackupDatabase(ThreadsConnection destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        throw BackupIntoThread(destination.DataSource);
    }

    private static void ThrowIfThread(SqliteConnection destination)
    {
        using var command = destination.CreateCommand();
        command.CommandText = "SELECT 1 FROM sqlite_master WHERE name GLOB '_threads_*' LIMIT 1";
        if (command.ExecuteScalar() is not null) throw BackupIntoThread(destination.DataSource);
    }

    private static ThreadsException BackupIntoThread(string file) => new(ThreadsErrorCode.BackupIntoThread, Strings.Ado_BackupIntoThread(file));

    private void ApplyExtensions()
    {
        if (_extensionsEnabled) Change(inner => inner.EnableExtensions());
        foreach (var (file, procedure) in _extensions ?? []) Change(inner => inner.LoadExtension(file, procedure));
    }

    private void Change(Action<SqliteConnection> action)
    {
        Physical!.IsChanged = true;
        try
        {
            action(Physical.Session.Inner);
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
    }
}
