using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>A compiled statement, with what it is asked for at each execution already looked up.</summary>
internal sealed class PreparedStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly string?[] _parameterNames;
    private readonly bool _isAmbiguous;

    private PreparedStatement(sqlite3 database, sqlite3_stmt handle, SqlStatement source)
    {
        _database = database;
        Handle = handle;
        Source = source;
        _parameterNames = new string?[raw.sqlite3_bind_parameter_count(handle)];
        for (var i = 0; i < _parameterNames.Length; i++) _parameterNames[i] = raw.sqlite3_bind_parameter_name(handle, i + 1).utf8_to_string();
        _isAmbiguous = _parameterNames.Length > 1 && HasSameNamesBehindPrefixes();
    }

    public sqlite3_stmt Handle { get; }

    public SqlStatement Source { get; }

    /// <summary>A reader is on it; another execution of the same text needs one of its own.</summary>
    public bool IsInUse { get; set; }

    /// <summary>Not in the cache (any more): whoever uses it disposes it.</summary>
    public bool IsOrphan { get; set; }

    public static PreparedStatement Prepare(sqlite3 database, SqlStatement source)
    {
        ThreadsException.ThrowOnError(raw.sqlite3_prepare_v2(database, source.Text, out var handle), database);
        return new PreparedStatement(database, handle, source);
    }

    public void Bind(ThreadsParameterCollection? parameters)
    {
        if (_parameterNames.Length == 0) return;
        for (var i = 0; i < _parameterNames.Length; i++)
        {
            var parameter = Find(parameters, i);
            if (parameter is not null) parameter.Bind(Handle, i + 1, _database);
            else if (Source.Verb == "EXPLAIN") raw.sqlite3_bind_null(Handle, i + 1);
            else throw new InvalidOperationException(Strings.Ado_ParametersMissing(string.Join(", ", Missing(parameters))));
        }
    }

    /// <summary>Ends the execution. Its result repeats an error a step already reported, so nobody needs it.</summary>
    public void Reset() => _ = raw.sqlite3_reset(Handle);

    public void Dispose() => Handle.Dispose();

    private ThreadsParameter? Find(ThreadsParameterCollection? parameters, int index)
    {
        var name = _parameterNames[index];
        if (parameters is null || name is null) return null;
        // Nearly always they stand in the order of the text.
        var found = index < parameters.Count && parameters[index].Fits(name) ? parameters[index] : Search(parameters, name);
        if (found is not null && _isAmbiguous && found.ParameterName.Length < name.Length && _parameterNames.OfType<string>().Count(found.Fits) > 1)
            throw new InvalidOperationException(Strings.Ado_ParameterAmbiguous(found.ParameterName));
        return found;
    }

    private static ThreadsParameter? Search(ThreadsParameterCollection parameters, string name)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            var parameter = parameters[i];
            if (parameter.Fits(name)) return parameter;
            if (parameter.ParameterName.Length == 0) throw new InvalidOperationException(Strings.Ado_ParameterNameMissing);
        }
        return null;
    }

    private IEnumerable<string> Missing(ThreadsParameterCollection? parameters) =>
        _parameterNames.Where(name => name is null || parameters is null || Search(parameters, name) is null).Select(name => name ?? "?");

    private bool HasSameNamesBehindPrefixes() =>
        _parameterNames.OfType<string>().Select(name => name[1..]).Distinct(StringComparer.Ordinal).Count() < _parameterNames.OfType<string>().Count();
}
