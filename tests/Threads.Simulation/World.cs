using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SQLitePCL;
using Threads.Data;
using Threads.Data.Logs;
using Threads.Simulation.Disk;
using Threads.Simulation.Schemas;
using Threads.Simulation.Steps;

namespace Threads.Simulation;

/// <summary>Peers in one thread, their network and their time; runs one step after the other. Everything that happens goes into <see cref="Hash"/>.</summary>
internal sealed partial class World : IDisposable
{
    /// <summary>When every world begins.</summary>
    public static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ulong _seed;
    private readonly VirtualDisk _disk;
    private readonly List<SimPeer> _peers = [];
    private readonly List<Backup> _backups = [];
    private readonly Dictionary<(int From, int To), ThreadHeads> _believed = [];
    private readonly Network _network = new();
    private readonly IExchange _exchange = new CarExchange();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Schema _schema;
    private readonly TextWriter? _log;
    private readonly Peers _made;
    private DateTimeOffset _now = Beginning;

    public World(ulong seed, int peers, int schema, bool hasLists, Coverage coverage, TextWriter? log = null)
    {
        _seed = seed;
        _log = log;
        _schema = Schema.All[schema];
        _hasLists = hasLists;
        Coverage = coverage;
        VirtualVfs.Register();
        _disk = new VirtualDisk(coverage, Chance.Of(seed, ulong.MaxValue - 1), Peers.LastInode) { Clock = () => _now };
        _made = Peers.Of(_schema, seed, hasLists);
        VirtualDisk.Current = _disk;
        VirtualVfs.ForgetRandomness();
        for (var i = 0; i < peers; i++)
        {
            Join();
        }

        if (hasLists)
        {
            BeginLists();
        }
    }

    public Coverage Coverage { get; }

    /// <summary>Of everything so far: what each step did, every byte that was sent, every digest.</summary>
    public string Hash => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Run(Step step)
    {
        var chance = new Chance(step.Seed);
        foreach (var peer in _peers)
        {
            peer.Random.Reseed(step.Seed + (ulong)peer.Number * 0x9E3779B97F4A7C15UL);
        }

        string outcome;
        try
        {
            outcome = Execute(step, chance);
        }
        catch (Exception e) when (e is not CheckFailedException)
        {
            throw new CheckFailedException($"unexpected {e.GetType().Name} in {step.Kind}", e.Message, e);
        }

        Coverage.Hit($"step: {step.Kind}");
        Note($"{step.Number} {step.Kind}: {outcome}");
        foreach (var peer in _peers.Where(p => p.IsUp && p.Machine.IsOff))
        {
            peer.Close();
        }
    }

    public void Dispose()
    {
        foreach (var peer in _peers)
        {
            peer.Machine.TurnOff();
            peer.Dispose();
        }

        _replicas?.Dispose();
        _hash.Dispose();
        VirtualDisk.Current = null;
    }

    private string Execute(Step step, Chance chance)
    {
        var peer = _peers[step.A % _peers.Count];
        var other = _peers[step.B % _peers.Count];
        switch (step.Kind)
        {
            case StepKind.Sql:
                return OnMachine(peer, () => Sql(peer, chance));
            case StepKind.Send:
                return peer == other ? "to itself" : OnMachine(peer, () => Send(peer, other, chance));
            case StepKind.Deliver:
                return Deliver(_network.Take(chance, keep: false), damage: null);
            case StepKind.Duplicate:
                return Deliver(_network.Take(chance, keep: true), damage: null);
            case StepKind.Damage:
                return Deliver(_network.Take(chance, keep: false), chance);
            case StepKind.Drop:
                return _network.Take(chance, keep: false) is null ? "nothing" : "lost";
            case StepKind.Tick:
                _now += TimeSpan.FromMicroseconds(chance.OneIn(4) ? chance.Between(1, 3_600_000_000) : chance.Between(1, 3_000_000));
                return _now.ToString("O", CultureInfo.InvariantCulture);
            case StepKind.SetClock:
                peer.Time.Offset = chance.Below(4) switch
                {
                    0 => TimeSpan.Zero,
                    1 => TimeSpan.FromSeconds(chance.Between(-600, 600)),
                    2 => TimeSpan.FromHours(chance.Between(-24, 24)),
                    _ => TimeSpan.FromDays(chance.Between(-5, 5)),
                };
                return $"{peer.Number} {peer.Time.Offset}";
            case StepKind.Crash:
                peer.Machine.CrashAfter(chance.Below(chance.OneIn(2) ? 12 : 60));
                return $"{peer.Number} is about to";
            case StepKind.DiskError:
                peer.Machine.FailAfter(chance.Below(40), chance.Pick([raw.SQLITE_FULL, raw.SQLITE_IOERR_WRITE, raw.SQLITE_IOERR_FSYNC]));
                return $"{peer.Number} is about to";
            case StepKind.Stop:
                return OnMachine(peer, () =>
                {
                    peer.Close();
                    return "closed";
                });
            case StepKind.Start:
                return Start(peer, chance);
            case StepKind.Join:
                return _peers.Count < Plan.MaxPeers ? $"{Join().Number} joined" : "full";
            case StepKind.Partition:
                _network.Partition(chance.Next());
                return "cut";
            case StepKind.Heal:
                _network.Heal();
                return "whole";
            case StepKind.Rebuild:
                return OnMachine(peer, () => Rebuild(peer));
            case StepKind.Backup:
                if (!peer.IsUp || peer.Machine.IsOff)
                {
                    return "down";
                }

                peer.Core.Logs.Forget();
                peer.Core.OwnLog.Forget();
                _backups.Add(new Backup(peer.Machine.Name, peer.Machine.Copy(), HasLog: peer.Core.OwnLog.Find() is not null));
                return $"{peer.Number} copied aside";
            case StepKind.Restore:
                return _backups.Count == 0 ? "no copy" : Restore(peer, chance);
            case StepKind.Clone:
                return peer.IsUp && !peer.Machine.IsOff && _peers.Count < Plan.MaxPeers ? Clone(peer) : "down or full";
            case StepKind.Migrate:
                return OnMachine(peer, () => Migrate(peer, peer.SchemaVersion + 1));
            case StepKind.Lie:
                return Lie(peer, other, chance, isForgery: false);
            case StepKind.Forge:
                return Lie(peer, other, chance, isForgery: true);
            case StepKind.View:
                return OnMachine(peer, () => CheckView(peer));
            case StepKind.Compare:
                return OnMachine(peer, () => Compare(peer));
            case StepKind.Access:
                // Every second time the owner's; others are mostly denied.
                var actor = chance.OneIn(2) ? _peers[0] : peer;
                return _hasLists ? OnMachine(actor, () => Access(actor, other, chance)) : "no lists";
            case StepKind.Cheat:
                return _hasLists ? Cheat(peer, other, chance) : "no lists";
            case StepKind.Mvds:
                return peer.Identity == other.Identity ? "to itself" : OnMachine(peer, () => SendMvds(peer, other));
            case StepKind.Converse:
                return peer == other || !other.IsUp || other.Machine.IsOff ? "with nobody" : OnMachine(peer, () => Converse(peer, other, chance));
            case StepKind.Replicate:
                return OnMachine(peer, () => Replicate(peer, chance));
            case StepKind.Sabotage:
                return Sabotage(peer, step.B);
            case StepKind.Quiet:
                Quiet(chance, Chance.Of(step.Seed, 1));
                return "all equal";
            default:
                throw new InvalidOperationException($"There is no step {step.Kind}.");
        }
    }

    /// <summary>Does something with a peer that is up; the power may go meanwhile.</summary>
    private string OnMachine(SimPeer peer, Func<string> work)
    {
        if (!peer.IsUp)
        {
            return $"{peer.Number} is down";
        }

        _disk.Running = peer.Machine;
        try
        {
            var outcome = work();
            if (peer.IsUp && !peer.Machine.IsOff)
            {
                peer.NoteRecords();
            }

            return $"{peer.Number} {outcome}";
        }
        catch (Exception e) when (e is ThreadsException or Microsoft.Data.Sqlite.SqliteException && peer.Machine.IsOff)
        {
            return $"{peer.Number} lost power";
        }
        catch (ThreadsException e) when (IsDiskError(e))
        {
            // As an application does: what SQLite has not rolled back is rolled back.
            if (peer.IsUp && peer.Connection.OpenSession().InTransaction)
            {
                peer.Run("ROLLBACK");
            }

            return $"{peer.Number} {e.SqliteErrorCode}";
        }
        finally
        {
            _disk.Running = null;
        }
    }

    private static bool IsDiskError(ThreadsException e) => e.SqliteErrorCode is raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN;

    private SimPeer Join()
    {
        var peer = NewPeer(_made.Join(_disk, _peers.Count));
        _disk.Running = peer.Machine;
        peer.Open();
        _disk.Running = null;
        return peer;
    }

    private SimPeer NewPeer(Machine machine)
    {
        var peer = new SimPeer(_peers.Count, machine, new VirtualTime(() => _now), _disk);
        peer.Random.Reseed(_seed + (ulong)peer.Number);
        _peers.Add(peer);
        return peer;
    }

    private string Start(SimPeer peer, Chance chance)
    {
        if (peer.IsUp)
        {
            return $"{peer.Number} is up";
        }

        var crashed = peer.Machine.IsOff;
        if (crashed)
        {
            peer.Machine.StartAgain(chance);
        }

        _disk.Running = peer.Machine;
        try
        {
            peer.Open();
        }
        catch (Exception e) when (e is ThreadsException or Microsoft.Data.Sqlite.SqliteException && peer.Machine.IsOff)
        {
            peer.Close();
            return $"{peer.Number} lost power again";
        }
        catch (ThreadsException e) when (IsDiskError(e))
        {
            peer.Close();
            return $"{peer.Number} {e.SqliteErrorCode}";
        }
        finally
        {
            _disk.Running = null;
        }

        CheckNothingLost(peer);
        return $"{peer.Number} started{(crashed ? " after a crash" : "")}";
    }

    private string Sql(SimPeer peer, Chance chance)
    {
        var statements = Enumerable.Range(0, chance.OneIn(2) ? 1 : (int)chance.Between(1, 4)).Select(_ => _schema.Statement(chance, peer.SchemaVersion)).ToArray();
        var outcome = new StringBuilder();
        var before = _hasLists ? AllRows(peer) : null;
        peer.Run("BEGIN IMMEDIATE");
        var changes = new List<(string Sql, long Changes)>();
        foreach (var sql in statements)
        {
            var word = Try(peer, sql, out var changed);
            outcome.Append(sql).Append(": ").Append(word).Append("; ");
            if (word == Denied)
            {
                return outcome.Append(CheckDenied(peer, before!)).ToString();
            }

            changes.Add((sql, changed));
            if (!peer.Connection.OpenSession().InTransaction)
            {
                return outcome.Append("ended").ToString();
            }
        }

        if (chance.OneIn(12))
        {
            peer.Run("ROLLBACK");
            return outcome.Append("rolled back").ToString();
        }

        var result = _schema.Tables(peer.SchemaVersion).ToDictionary(t => t, t => Rows(peer, t, withoutSoft: true));
        try
        {
            if (TryCommit(peer) is { } refused)
            {
                if (refused == Denied)
                {
                    refused = CheckDenied(peer, before!);
                }

                return outcome.Append(refused).ToString();
            }
        }
        catch (Exception)
        {
            // The disk gave out in the middle: it may be committed or not.
            NoteIncrements(changes, isCertain: false);
            throw;
        }

        NoteIncrements(changes, isCertain: true);

        CheckLocalResult(peer, result);
        return outcome.Append("committed").ToString();
    }

    /// <summary>Runs a statement that may be refused; only in SQLite's own words, for a reason that SQL has.</summary>
    private string Try(SimPeer peer, string sql, out int changes)
    {
        changes = 0;
        try
        {
            changes = peer.Run(sql);
            return "ok";
        }
        catch (ThreadsException e) when (e.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH)
        {
            Coverage.Hit(FormattableString.Invariant($"statement refused: {e.SqliteErrorCode}"));
            return e.SqliteErrorCode.ToString(CultureInfo.InvariantCulture);
        }
        catch (ThreadsException e) when (_hasLists && e.ThreadsErrorCode == ThreadsErrorCode.AccessDenied)
        {
            Coverage.Hit("denied here: a statement");
            return Denied;
        }
    }

    /// <summary>Null when it is committed. A deferred foreign key may be unmet; then SQLite leaves the transaction open.</summary>
    private string? TryCommit(SimPeer peer)
    {
        try
        {
            peer.Run("COMMIT");
            return null;
        }
        catch (ThreadsException e) when (e.SqliteErrorCode == raw.SQLITE_CONSTRAINT && peer.Connection.OpenSession().InTransaction)
        {
            Coverage.Hit("commit refused: a deferred foreign key");
            peer.Run("ROLLBACK");
            return "refused and rolled back";
        }
        catch (ThreadsException e) when (_hasLists && e.ThreadsErrorCode == ThreadsErrorCode.AccessDenied)
        {
            Coverage.Hit("denied here: a commit");
            return Denied;
        }
    }

    private string Send(SimPeer from, SimPeer to, Chance chance)
    {
        // Now and then everything, or what was sent last for certain; mostly what the other side does not seem to have. A message that was lost leaves a gap.
        var believed = chance.OneIn(10) ? null : _believed.GetValueOrDefault((from.Number, to.Number));
        var bytes = _exchange.Write(from, believed);
        _believed[(from.Number, to.Number)] = from.Connection.Thread.Heads;
        if (chance.OneIn(4) && to.IsUp && !to.Machine.IsOff)
        {
            _believed[(from.Number, to.Number)] = to.Connection.Thread.Heads;
        }

        _hash.AppendData(bytes);
        _network.Send(new Message(from.Number, to.Number, bytes));
        return FormattableString.Invariant($"sent {to.Number} {bytes.Length} bytes");
    }

    private string Deliver(Message? message, Chance? damage)
    {
        if (message is null)
        {
            return "nothing";
        }

        var to = _peers[message.To];
        if (message.IsMvds)
        {
            // Its channel passes on nothing that was changed.
            return damage is null ? OnMachine(to, () => TakeMvds(to, _peers[message.From], message.Bytes)) : "lost";
        }

        var bytes = damage is null ? message.Bytes : Damaged(message.Bytes, damage);
        var isHonest = message.From >= 0 && damage is null;
        return OnMachine(to, () =>
        {
            try
            {
                return $"took {_exchange.Read(to, bytes)}";
            }
            catch (ThreadsException e) when (!isHonest && IsRefusal(e))
            {
                var reason = ReasonOf(e);
                Coverage.Hit("refused: " + reason);
                return "refused: " + reason;
            }
        });
    }

    private string Rebuild(SimPeer peer)
    {
        Rebuild(peer, peer.Digest());
        return "rebuilt";
    }

    private void Rebuild(SimPeer peer, string digest)
    {
        peer.Connection.Thread.RebuildViews();
        if (peer.Digest() != digest)
        {
            Must("I2 rebuild", false, $"peer {peer.Number}'s tables are others after a rebuild{Difference(peer)}");
        }
    }

    /// <summary>What a peer has now against the model, for a failure's text.</summary>
    private string Difference(SimPeer peer)
    {
        try
        {
            Compare(peer);
            return ", and as the model has them now";
        }
        catch (CheckFailedException e)
        {
            return "; now: " + e.Message;
        }
    }

    private void Note(string line)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes(line));
        _log?.WriteLine(line);
    }

    /// <param name="check">Its name.</param>
    /// <param name="holds">Whether it does.</param>
    /// <param name="message">What does not; put together only then.</param>
    private static void Must(string check, bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref Refutation message)
    {
        if (!holds)
        {
            throw new CheckFailedException(check, message.ToString());
        }
    }

    /// <summary>The text of a check that does not hold; of one that does, nothing in it is looked at.</summary>
    [InterpolatedStringHandler]
    private readonly ref struct Refutation
    {
        private readonly StringBuilder? _text;

        public Refutation(int literalLength, int holes, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = holds ? null : new StringBuilder(literalLength + holes * 16);
        }

        public void AppendLiteral(string text) => _text!.Append(text);

        public void AppendFormatted<T>(T value) => _text!.Append(CultureInfo.InvariantCulture, $"{value}");

        public override string ToString() => _text?.ToString() ?? "";
    }
}
