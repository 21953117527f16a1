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
    public const long LastInode = FilesPerPeer * Plan.MaxPeers;

    private const long FilesPerPeer = 100;

    private static readonly Dictionary<(string, ulong, bool), Peers> s_made = [];

    private readonly Schema _schema;
    private readonly ulong _seed;
    private readonly Dictionary<string, (byte[] Data, long Inode)>?[] _files = new Dictionary<string, (byte[], long)>?[Plan.MaxPeers];
    private readonly string _thread = "";

    private Peers(Schema schema, ulong variant, bool hasLists)
    {
        _schema = schema;
        _seed = Chance.Mix(variant + 1);
        _thread = hasLists ? ";Variant=AccessControlled" : "";
        _files[0] = Make(0, peer =>
        {
            using var key = peer.Connection.Thread.Key;
            return $";Thread={peer.Connection.Thread.Id};Thread Key={key.Export()}";
        }, out _thread);
    }

    public static string MachineName(int number) => FormattableString.Invariant($"p{number}");

    /// <summary>Those of a world; where there are lists, the first one owns the thread.</summary>
    public static Peers Of(Schema schema, ulong world, bool hasLists)
    {
        var variant = Chance.Mix(world) % Variants;
        if (!s_made.TryGetValue((schema.Name, variant, hasLists), out var made))
        {
            s_made.Add((schema.Name, variant, hasLists), made = new Peers(schema, variant, hasLists));
        }

        return made;
    }

    /// <summary>A machine with the files of the peer of this number.</summary>
    public Machine Join(VirtualDisk disk, int number)
    {
        var files = _files[number] ??= Make(number, _ => "", out var _);
        // SQLite's generator begins anew whether they were made just now or long ago.
        VirtualDisk.Current = disk;
        VirtualVfs.ForgetRandomness();
        var machine = disk.Add(MachineName(number));
        machine.Put(files);
        return machine;
    }

    private Dictionary<string, (byte[] Data, long Inode)> Make(int number, Func<SimPeer, string> read, out string thread)
    {
        var disk = new VirtualDisk(new Coverage(), new Chance(_seed + (ulong)number), number * FilesPerPeer) { Clock = () => World.Beginning };
        VirtualDisk.Current = disk;
        VirtualVfs.ForgetRandomness();
        var machine = disk.Add(MachineName(number));
        disk.Running = machine;
        using var peer = new SimPeer(number, machine, new VirtualTime(() => World.Beginning), disk, _thread);
        peer.Random.Reseed(_seed + (ulong)number);
        peer.Open();
        peer.Migrate(_schema, 0);
        thread = read(peer);
        peer.Close();
        return machine.Files.ToDictionary(f => f.Key, f => (f.Value.ToArray(), f.Value.Inode), StringComparer.Ordinal);
    }
}
