using Threads.FaultHost;

namespace Threads.Data.Tests.Faults;

/// <summary>kill -9 while a child changes the password to and fro.</summary>
public class PasswordKillTests
{
    private const int Kills = 12;

    [Fact]
    public async Task Killed_while_the_password_changes_one_of_the_two_opens_the_file()
    {
        var folder = Directory.CreateTempSubdirectory("threads-faults-");
        try
        {
            var file = Path.Combine(folder.FullName, "fault.db");
            var chance = new Random(20261121);
            string identity;
            using (var source = Passwords.Source(file, Passwords.Both[0]))
            using (var connection = source.OpenConnection())
            {
                Work.Prepare(connection);
                Work.Commit(connection, 1, 1);
                identity = connection.Thread.Identity.ToString();
            }

            for (var kill = 0; kill < Kills; kill++)
            {
                using var process = FaultProcess.Start();
                await process.GoAsync(file, writer: 1, commits: -1_000_000);
                for (var changes = chance.Next(1, 6); changes > 0; changes--)
                    Assert.Contains(await process.ReadLineAsync(), Passwords.Both);
                Thread.SpinWait(chance.Next(0, 200_000));
                process.Kill();
                await process.EndAsync();

                var password = Assert.Single(Passwords.Both, p => Passwords.Opens(file, p));
                using var source = Passwords.Source(file, password);
                using var connection = source.OpenConnection();
                Assert.Equal(identity, connection.Thread.Identity.ToString());
                Work.Commit(connection, 1, kill + 2);
                (await connection.Thread.VerifyAsync()).ThrowIfNotSound();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
