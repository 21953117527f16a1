using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Threads.Data.Resources;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>The keywords of a connection string, typed. Microsoft.Data.Sqlite's mean here what they mean there.</summary>
public sealed class ThreadsConnectionStringBuilder : DbConnectionStringBuilder
{
    private static readonly Keyword[] Keywords =
    [
        new("Data Source", "", AsText),
        new("Mode", SqliteOpenMode.ReadWriteCreate, AsEnum<SqliteOpenMode>),
        new("Cache", SqliteCacheMode.Default, AsEnum<SqliteCacheMode>),
        new("Password", "", AsText),
        new("Foreign Keys", true, AsBoolean),
        new("Recursive Triggers", false, AsBoolean),
        new("Default Timeout", 30, AsInteger),
        new("Pooling", true, AsBoolean),
        new("Synchronous", ThreadsSynchronous.Full, AsEnum<ThreadsSynchronous>),
        new("Thread", "", AsText),
        new("Thread Key", "", AsText),
        new("Variant", ThreadsVariant.Raw, AsEnum<ThreadsVariant>),
        new("Persist Security Info", false, AsBoolean),
    ];

    private static readonly Dictionary<string, Keyword> ByName = MakeIndex();

    /// <summary>An empty connection string: a private temporary database.</summary>
    public ThreadsConnectionStringBuilder()
    {
    }

    /// <summary>Takes a connection string apart.</summary>
    /// <param name="connectionString">For example <c>Data Source=notes.db</c>.</param>
    /// <exception cref="ArgumentException">A keyword is not known, or its value can't be read.</exception>
    public ThreadsConnectionStringBuilder(string? connectionString) => ConnectionString = connectionString;

    /// <summary>The database file, <c>:memory:</c>, or a <c>file:</c> URI. <c>|DataDirectory|</c> at its start is replaced. Also written DataSource, Filename.</summary>
    [AllowNull]
    public string DataSource
    {
        get => (string)Value("Data Source");
        set => this["Data Source"] = value;
    }

    /// <summary>How the file is opened; ReadWriteCreate if not given. ReadOnly needs no key and writes nothing.</summary>
    public SqliteOpenMode Mode
    {
        get => (SqliteOpenMode)Value("Mode");
        set => this["Mode"] = value;
    }

    /// <summary>Whether connections of this process share a page cache; Shared lets several connections see one named database in memory.</summary>
    public SqliteCacheMode Cache
    {
        get => (SqliteCacheMode)Value("Cache");
        set => this["Cache"] = value;
    }

    /// <summary>Protects all keys in the file, private ones among them (docs/security.md). Never shown by <see cref="ThreadsConnection.ConnectionString"/> once open.</summary>
    [AllowNull]
    public string Password
    {
        get => (string)Value("Password");
        set => this["Password"] = value;
    }

    /// <summary>Whether SQLite checks foreign keys; true if not given.</summary>
    public bool ForeignKeys
    {
        get => (bool)Value("Foreign Keys");
        set => this["Foreign Keys"] = value;
    }

    /// <summary>Whether triggers fire triggers, and REPLACE fires DELETE triggers; false if not given.</summary>
    public bool RecursiveTriggers
    {
        get => (bool)Value("Recursive Triggers");
        set => this["Recursive Triggers"] = value;
    }

    /// <summary>Seconds a command waits for a lock unless it says otherwise; 30 if not given, 0 for ever. Also written Command Timeout.</summary>
    public int DefaultTimeout
    {
        get => (int)Value("Default Timeout");
        set => this["Default Timeout"] = value;
    }

    /// <summary>Whether closed connections are kept open for the next one; true if not given.</summary>
    public bool Pooling
    {
        get => (bool)Value("Pooling");
        set => this["Pooling"] = value;
    }

    /// <summary>When a commit waits for the disk; Full if not given.</summary>
    public ThreadsSynchronous Synchronous
    {
        get => (ThreadsSynchronous)Value("Synchronous");
        set => this["Synchronous"] = value;
    }

    /// <summary>The id of the thread the file holds, or is to hold when it is created; empty for a new one.</summary>
    [AllowNull]
    public string Thread
    {
        get => (string)Value("Thread");
        set => this["Thread"] = value;
    }

    /// <summary>The thread's key (service and read key), to join it. Never shown by <see cref="ThreadsConnection.ConnectionString"/> once open.</summary>
    [AllowNull]
    public string ThreadKey
    {
        get => (string)Value("Thread Key");
        set => this["Thread Key"] = value;
    }

    /// <summary>What kind of thread a new file gets; Raw if not given.</summary>
    public ThreadsVariant Variant
    {
        get => (ThreadsVariant)Value("Variant");
        set => this["Variant"] = value;
    }

    /// <summary>Whether an open connection still shows Password and Thread Key in its connection string; false if not given.</summary>
    public bool PersistSecurityInfo
    {
        get => (bool)Value("Persist Security Info");
        set => this["Persist Security Info"] = value;
    }

    /// <inheritdoc/>
    public override ICollection Keys => Array.ConvertAll(Keywords, k => k.Name);

    /// <inheritdoc/>
    public override ICollection Values => Array.ConvertAll(Keywords, k => Value(k.Name));

    /// <summary>The value of a keyword or of its alias, its default if it was not given.</summary>
    /// <param name="keyword">In any case.</param>
    /// <exception cref="ArgumentException">The keyword is not known, or the value can't be read.</exception>
    [AllowNull]
    public override object this[string keyword]
    {
        get => Value(Find(keyword).Name);
        set
        {
            var known = Find(keyword);
            if (value is null or "") base.Remove(known.Name);
            else base[known.Name] = known.Read(known.Name, value);
        }
    }

    /// <inheritdoc/>
    public override bool ContainsKey(string keyword) => ByName.ContainsKey(keyword);

    /// <inheritdoc/>
    public override bool Remove(string keyword) => ByName.TryGetValue(keyword, out var known) && base.Remove(known.Name);

    /// <inheritdoc/>
    public override bool ShouldSerialize(string keyword) => ByName.TryGetValue(keyword, out var known) && base.ShouldSerialize(known.Name);

    /// <inheritdoc/>
    public override bool TryGetValue(string keyword, [NotNullWhen(true)] out object? value)
    {
        value = ByName.TryGetValue(keyword, out var known) ? Value(known.Name) : null;
        return value is not null;
    }

    /// <summary>Whether the database lives in memory, shared or not.</summary>
    internal bool IsMemory => DataSource.Length == 0 || Mode == SqliteOpenMode.Memory || IsMemoryName(DataSource);

    internal string ToSqliteConnectionString() => new SqliteConnectionStringBuilder
    {
        DataSource = DataSource,
        Mode = Mode,
        Cache = Cache,
        DefaultTimeout = DefaultTimeout,
        Pooling = false,
    }.ToString();

    /// <summary>How every connection of a pool opens the file.</summary>
    internal ThreadFileOptions ToFileOptions(Surroundings around, KeyProtection protection, KeySettings keys) => new()
    {
        DataSource = DataSource,
        IsReadOnly = Mode == SqliteOpenMode.ReadOnly,
        IsMemory = IsMemory,
        Protection = protection,
        Identity = keys.Identity,
        Seed = keys.Seed,
        Thread = Thread.Length == 0 ? null : Identity.ThreadId.Parse(Thread),
        ThreadKey = ThreadKey.Length == 0 ? null : ThreadKey,
        Variant = Variant,
        Time = around.Time,
        Random = around.Random,
        Identify = around.Identify,
    };

    /// <summary>The connection string as it may be shown: without secrets unless the user asked to keep them.</summary>
    internal string ToPublicString(string original)
    {
        if (PersistSecurityInfo || (Password.Length == 0 && ThreadKey.Length == 0)) return original;
        var copy = new ThreadsConnectionStringBuilder(original);
        copy.Remove("Password");
        copy.Remove("Thread Key");
        return copy.ConnectionString;
    }

    private static bool IsMemoryName(string name) =>
        name.Equals(":memory:", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("file::memory:", StringComparison.OrdinalIgnoreCase)
        || (name.StartsWith("file:", StringComparison.OrdinalIgnoreCase) && name.Contains("mode=memory", StringComparison.OrdinalIgnoreCase));

    private object Value(string keyword) => base.TryGetValue(keyword, out var text) && text is not null ? ByName[keyword].Read(keyword, text) : ByName[keyword].Default;

    private static Keyword Find(string keyword) =>
        ByName.TryGetValue(keyword, out var known) ? known : throw new ArgumentException(Strings.Ado_KeywordNotSupported(keyword), nameof(keyword));

    private static Dictionary<string, Keyword> MakeIndex()
    {
        var index = Keywords.ToDictionary(k => k.Name, StringComparer.OrdinalIgnoreCase);
        index["DataSource"] = index["Filename"] = index["Data Source"];
        index["Command Timeout"] = index["Default Timeout"];
        return index;
    }

    private static object AsText(string keyword, object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static object AsInteger(string keyword, object value) => Convert.ToInt32(value, CultureInfo.InvariantCulture);

    private static object AsBoolean(string keyword, object value) => value is string text
        ? text.Trim().ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "1" => true,
            "FALSE" or "NO" or "0" => false,
            _ => throw new ArgumentException(Strings.Ado_ValueNotDefined(text, keyword), nameof(value)),
        }
        : Convert.ToBoolean(value, CultureInfo.InvariantCulture);

    private static object AsEnum<T>(string keyword, object value)
        where T : struct, Enum
    {
        if (value is string text && Enum.TryParse<T>(text, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed)) return parsed;
        if (value is T typed && Enum.IsDefined(typed)) return typed;
        if (value is int number && Enum.IsDefined(typeof(T), number)) return Enum.ToObject(typeof(T), number);
        throw new ArgumentException(Strings.Ado_ValueNotDefined(value, keyword), nameof(value));
    }

    private sealed record Keyword(string Name, object Default, Func<string, object, object> Read);
}
