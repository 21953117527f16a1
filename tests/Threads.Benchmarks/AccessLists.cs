using System.Security.Cryptography;
using Threads.Data;
using Threads.Data.Cryptography;
using Threads.Data.Identity;

namespace Threads.Benchmarks;

/// <summary>What lists cost who writes, and a new read key who makes it.</summary>
internal static class AccessLists
{
    private const int Grants = 1_000;
    private const int Members = 100;
    private const double MostCpuMs = 50;

    public static IEnumerable<Line> Run(Bench bench, int rounds)
    {
        var commits = bench.Scaled(2_000);
        using (var raw = Bench.OpenOurs(bench.NewFile("raw"), "Synchronous=Normal"))
        using (var listed = Member(bench))
        {
            Bench.Execute(raw, Bench.Schema);
            var next = 0;
            var (with, without) = bench.Alternate(() => Commits(listed, next += commits, commits), () => Commits(raw, next += commits, commits));
            yield return Line.Of(Line.Text($"one-row commit of a member, a list of {Grants:#,0} grants, against a thread without lists"), with, without, commits, 1.1);
        }

        using var owner = Bench.OpenOurs(bench.NewFile("owner"), "Variant=AccessControlled;Synchronous=Normal");
        for (var i = 0; i < Members; i++)
            owner.Access.Grant(Peer(), ThreadRoles.Write);
        var rotation = Timed.Median(Enumerable.Range(0, rounds + 1).Select(_ => Timed.Run(owner.Access.RotateKeys)).ToArray().Skip(1));
        var ms = rotation.CpuSeconds * 1e3;
        yield return new(Line.Text($"a new read key for {Members} members: made, sealed to each, committed"), Line.Text($"≤ {MostCpuMs} ms of CPU"), ms <= MostCpuMs,
            Line.Text($"{ms:0.0} ms of CPU"), Line.Each(rotation, 1), "–", Line.Text($"{rotation.AllocatedBytes:#,0} B"));
    }

    /// <summary>Somebody who may write the table by its list of so many entries, and is no admin.</summary>
    private static ThreadsConnection Member(Bench bench)
    {
        using var owner = Bench.OpenOurs(bench.NewFile("listed"), "Variant=AccessControlled");
        Bench.Execute(owner, Bench.Schema);
        using var key = owner.Thread.Key;
        var member = Bench.OpenOurs(bench.NewFile("member"), $"Thread={owner.Thread.Id};Thread Key={key.Export()};Synchronous=Normal");
        Bench.Execute(member, Bench.Schema);
        owner.Access.Grant(ThreadPrincipal.Everybody, ThreadRoles.Write);
        owner.Access.RestrictOnce("notes", Enumerable.Range(1, Grants - 1).Select(_ => (ThreadPrincipal)Peer()).Append(member.Thread.Identity).ToDictionary(p => p, _ => ThreadRoles.Write));
        using var file = new MemoryStream();
        owner.Thread.Export(file);
        file.Position = 0;
        member.Thread.Import(file);
        return member;
    }

    private static PeerId Peer()
    {
        using var key = new Ed25519PrivateKey(RandomNumberGenerator.GetBytes(Ed25519.SeedSize));
        return PeerId.FromPublicKey(key.PublicKey);
    }

    private static Timed Commits(ThreadsConnection connection, int from, int count) => Timed.Run(() => Bench.Fill(connection, from, count, perTransaction: 1));
}
