using Threads.Simulation.Disk;
using Threads.Simulation.Schemas;
using Threads.Simulation.Steps;

namespace Threads.Simulation;

/// <summary>
/// The files with which peers come into a world: the product made them, in one thread, with a key and the first tables, and they have written nothing yet. Made once a process for each schema and
/// variant, since making one takes as long as a hundred steps; always the same, whatever world asks first.
/// </summary>
internal sealed class Peers
{
    /// <summary>So many threads there are, with keys of their own each: whose log comes first in the order of all is by their bytes.</summary>
    private const ulong Variants = 8;

    /// <summary>Their files' identities are up to this.</summary>
    public const long LastInode = 1_000;

    private static readonly Dictionary<(string, ulong), Peers> s_made = [];

    private readonly Schema _schema;
    private readonly ulong _variant;
    private readonly List<Dictionary<string, (byte[] Data, long Inode)>> _files = [];
    private string _thread = "";

    private Peers(Schema schema, ulong variant)
    {
        _schema = schema;
        _variant = variant;
    }

    public static string MachineName(int number) => FormattableString.Invariant($"p{number}");

    /// <summary>Those of a world; <see cref="VirtualDisk.Current"/> is to be set again afterwards.</summary>
    public static Peers Of(Schema schema, ulong world)
    {
        var variant = Chance.Mix(world) % Variants;
        if (!s_made.TryGetValue((schema.Name, variant), out var made))
        {
            s_made.Add((schema.Name, variant), made = new Peers(schema, variant));
            made.Make();
        }

        return made;
    }

    /// <summary>A machine with the files of the peer of this number.</summary>
    public Machine Join(VirtualDisk disk, int number)
    {
        var machine = disk.Add(MachineName(number));
        machine.Put(_files[number]);
        return machine;
    }

    private void Make()
    {
        var seed = Chance.Mix(_variant + 1);
        var disk = new VirtualDisk(new Coverage(), new Chance(seed)) { Clock = () => World.Beginning };
        VirtualDisk.Current = disk;
        VirtualVfs.ForgetRandomness();
        for (var number = 0; number < Plan.MaxPeers; number++)
        {
            var machine = disk.Add(MachineName(number));
            disk.Running = machine;
            using var peer = new SimPeer(number, machine, new VirtualTime(() => World.Beginning), disk, _thread);
            peer.Random.Reseed(seed + (ulong)number);
            peer.Open();
            peer.Migrate(_schema, 0);
            if (number == 0)
            {
                using var key = peer.Connection.Thread.Key;
                _thread = $";Thread={peer.Connection.Thread.Id};Thread Key={key.Export()}";
            }

            peer.Close();
            _files.Add(machine.Files.ToDictionary(f => f.Key, f => (f.Value.ToArray(), f.Value.Inode), StringComparer.Ordinal));
        }

        VirtualDisk.Current = null;
    }
}
