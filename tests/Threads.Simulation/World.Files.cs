using SQLitePCL;
using Threads.Data;
using Threads.Simulation.Disk;

namespace Threads.Simulation;

/// <content>Copies of files, migrations.</content>
internal sealed partial class World
{
    /// <summary>Puts somebody's files, of some time ago, in the place of a peer's: by a backup tool, or with a snapshot of the whole disk, which nothing in the file shows.</summary>
    private string Restore(SimPeer peer, Chance chance)
    {
        var early = _backups.FindAll(b => !b.HasLog && b.Machine == peer.Machine.Name);
        var backup = early.Count > 0 && chance.OneIn(2) ? chance.Pick(early) : chance.Pick(_backups);
        var isSnapshot = backup.Machine == peer.Machine.Name && chance.OneIn(2);
        peer.Machine.TurnOff();
        peer.Close();
        peer.Machine.StartAgain(chance);
        peer.Machine.Restore(backup.Files, isSnapshot);
        peer.ForgetAcknowledged();
        _hasCopies = true;
        _mayHaveLost = true;
        Coverage.Hit("restored: a snapshot of before the first record", isSnapshot && !backup.HasLog ? 1 : 0);
        Coverage.Hit(isSnapshot ? "restored: a snapshot of the disk" : backup.Machine == peer.Machine.Name ? "restored: its own copy" : "restored: somebody else's copy");
        return Start(peer, chance);
    }

    /// <summary>The files go to a new machine while the old one goes on.</summary>
    private string Clone(SimPeer peer)
    {
        _hasCopies = true;
        var machine = _disk.Add(Peers.MachineName(_peers.Count));
        machine.Restore(peer.Machine.Copy(), keepInodes: false);
        var clone = NewPeer(machine);
        _disk.Running = machine;
        clone.Open();
        _disk.Running = null;
        return $"{peer.Number} lives on as {clone.Number} too";
    }

    /// <summary>Runs the statements that make a version of its predecessor, all or none.</summary>
    private string Migrate(SimPeer peer, int version)
    {
        if (version >= _schema.Versions.Count)
        {
            return "has the newest schema";
        }

        if (!peer.Migrate(_schema, version))
        {
            Coverage.Hit("migration refused: a unique index on rows that are alike");
            return "refused";
        }

        Coverage.Hit(FormattableString.Invariant($"migrated: {_schema.Name} {version}"));
        return $"has schema {version}";
    }

    /// <summary>Writes to the file past the product, with SQLite alone and its triggers off.</summary>
    private string Sabotage(SimPeer peer, int harm)
    {
        var table = _schema.Tables(peer.SchemaVersion)[0];
        var rc = raw.sqlite3_open(peer.Path, out var database);
        using (database)
        {
            raw.sqlite3_db_config(database, raw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, out _);
            rc |= raw.sqlite3_exec(database, harm switch
            {
                0 => $"UPDATE {table.Name} SET {table.Columns[1].Name} = 'sabotage'",
                1 => "DELETE FROM _threads_record WHERE id = (SELECT max(id) FROM _threads_record)",
                _ => $"DELETE FROM {table.Name}",
            });
        }

        return rc == raw.SQLITE_OK ? $"{peer.Number} harm {harm}" : throw new InvalidOperationException($"The harm was not done: {rc}.");
    }

    /// <summary>Files of a machine; and whether its log had begun: a snapshot of its disk from before makes a second beginning of one log.</summary>
    private sealed record Backup(string Machine, Dictionary<string, byte[]> Files, bool HasLog);
}
