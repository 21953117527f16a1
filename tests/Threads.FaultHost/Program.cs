using System.Globalization;
using Threads.Data;
using Threads.FaultHost;

// Warm first, and wait: whoever starts this process ahead of time pays for its start only once. A line of input says go.
using (var warm = new ThreadsConnection("Data Source=:memory:"))
{
    warm.Open();
    Work.Prepare(warm);
    Work.Commit(warm, writer: 0, number: 1);
}

Console.Out.WriteLine("ready");
Console.Out.Flush();
if (Console.In.ReadLine() is not { } line)
    return 0;

var words = line.Split('\t');
var (file, writer, commits) = (words[0], int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
try
{
    if (commits < 0)
    {
        foreach (var password in Passwords.Change(file, -commits))
        {
            Console.Out.WriteLine(password);
            Console.Out.Flush();
        }

        return 0;
    }

    using var connection = new ThreadsConnection($"Data Source={file};Pooling=False;Synchronous=Normal;Default Timeout=120");
    connection.Open();
    var last = Work.Last(connection, writer);
    for (var number = last + 1; number <= last + commits; number++)
    {
        Work.Commit(connection, writer, number);
        Console.Out.WriteLine(number.ToString(CultureInfo.InvariantCulture));
        Console.Out.Flush();
    }

    return 0;
}
catch (ThreadsException e)
{
    Console.Out.WriteLine(FormattableString.Invariant($"refused {e.SqliteErrorCode} {e.ThreadsErrorCode} {e.Message}"));
    return 3;
}
