using Threads.Data;

namespace Threads.FaultHost;

/// <summary>A child that changes a file's password to and fro.</summary>
public static class Passwords
{
    public static readonly string[] Both = ["first", "second"];

    /// <summary>With one round of PBKDF2: it is the change that is to be interrupted, not the rounds.</summary>
    public static ThreadsDataSource Source(string file, string password)
        => new ThreadsDataSourceBuilder($"Data Source={file};Password={password};Pooling=False").PasswordRounds(1).Build();

    /// <summary>Each password once it is the file's.</summary>
    public static IEnumerable<string> Change(string file, int times)
    {
        var now = Array.FindIndex(Both, password => Opens(file, password));
        for (; times > 0; times--)
        {
            using var source = Source(file, Both[now]);
            using var connection = source.OpenConnection();
            now = 1 - now;
            connection.Thread.ChangePassword(Both[now]);
            yield return Both[now];
        }
    }

    public static bool Opens(string file, string password)
    {
        try
        {
            using var source = Source(file, password);
            using var connection = source.OpenConnection();
            return true;
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode == ThreadsErrorCode.PasswordWrong)
        {
            return false;
        }
    }
}
