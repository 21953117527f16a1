using System.Text;
using Threads.Data;

namespace Household;

/// <summary>Prints what each member sees and may do, by their names: peer ids and times are others in each run.</summary>
internal sealed class Report : IDisposable
{
    private static readonly string[] Tables = ["invoice", "shopping"];

    private readonly List<Member> _members = [];
    private int _steps;

    public void Add(Member member) => _members.Add(member);

    public void Step(string text) => Console.WriteLine($"\n{++_steps}. {text}");

    public void Say(string text) => Console.WriteLine($"   {text}");

    /// <summary>Does something that may be refused, and says so.</summary>
    public void Try(Member who, string what, Action act) => Try(who.Name, what, act);

    public void Try(string who, string what, Action act)
    {
        try
        {
            act();
            Say($"{who} {what}: done");
        }
        catch (ThreadsException e)
        {
            Say($"{who} {what}: refused, {e.ThreadsErrorCode}");
        }
    }

    public void Show()
    {
        foreach (var member in _members)
        {
            var line = new StringBuilder($"   {member.Name,-7}");
            foreach (var table in Tables)
            {
                var isThere = member.Texts($"SELECT name FROM sqlite_master WHERE type = 'table' AND name = '{table}'").Count > 0;
                var rows = isThere ? string.Join(", ", member.Texts($"SELECT text FROM {table} ORDER BY id")) : "no table";
                line.Append($"{table}: {(rows.Length == 0 ? "empty" : rows)} [{May(member, table)}]   ");
            }

            Console.WriteLine(line.ToString().TrimEnd());
        }
    }

    /// <summary>What has no effect on this member's tables, and why.</summary>
    public void Refusals(Member member)
    {
        Say($"{member.Name}'s threads_refused:");
        foreach (var row in member.Texts("SELECT identity || ' ' || role || coalesce(' ' || table_name || ' ' || row_key, '') || ': ' || reason FROM threads_refused ORDER BY time").Select(Named))
        {
            Say("  " + row);
        }
    }

    public static bool Contains(string folder, string file, string word)
        => new[] { file, file + "-wal" }.Select(f => Path.Combine(folder, f)).Where(File.Exists).Any(path =>
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) >= 0;
        });

    public static void Open(string folder, string file, string password)
    {
        using var connection = new ThreadsConnection($"Data Source={Path.Combine(folder, file)};Password={password};Pooling=False");
        connection.Open();
    }

    public void Close()
    {
        Console.WriteLine();
        _members.ForEach(m => m.Dispose());
        _members.Clear();
    }

    public void Dispose() => Close();

    /// <summary>By Anna's lists, who is asked: the others may not have heard yet.</summary>
    private string May(Member member, string table)
    {
        var anna = _members[0].Connection.Access;
        var roles = anna.RolesOf(member.Identity, table);
        return (roles & ThreadRoles.Admin) != 0 ? "all" : (roles & ThreadRoles.Write) != 0 ? "writes" : (roles & ThreadRoles.Read) != 0 ? "reads" : "nothing";
    }

    private string Named(string text)
        => _members.Aggregate(text, (t, m) => t.Replace("08011220" + Convert.ToHexStringLower(m.Identity.PublicKey), m.Name, StringComparison.Ordinal));
}
