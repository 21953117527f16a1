using Dapper;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Records;

namespace Threads.Data.Tests.Pipeline;

/// <summary>What a peer's file may hold, each with its answer: a typed refusal, or records kept. Never a crash, a hang, or less than before.</summary>
public class ImportBadInputTests
{
    private const string Schema = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

    private static readonly ThreadsErrorCode[] Refusals =
        [ThreadsErrorCode.ImportTruncated, ThreadsErrorCode.ImportDamaged, ThreadsErrorCode.ImportForeign, ThreadsErrorCode.RecordRefused];

    [Fact]
    public void A_file_cut_short_at_any_byte_gives_what_came_before_and_the_whole_one_the_rest()
    {
        using var alice = Small();
        var file = alice.Export();
        for (var length = 0; length < file.Length; length += length % 5 == 0 ? 1 : 4)
        {
            using var bob = alice.Join();

            var e = Assert.Throws<ThreadsException>(() => bob.Import(file[..length]));

            Assert.Equal(ThreadsErrorCode.ImportTruncated, e.ThreadsErrorCode);
            Assert.Contains(FormattableString.Invariant($" {bob.One<long>("SELECT count(*) FROM threads_records")} new records"), e.Message, StringComparison.Ordinal);
            var taken = bob.One<long>("SELECT count(*) FROM threads_records");
            Assert.Equal(Math.Min(taken, 1), bob.One<long>("SELECT count(*) FROM n WHERE id = 1"));
            var rest = bob.Import(file);
            Assert.Equal((3 - taken, taken), (rest.Added, rest.Known));
            Assert.Equal(alice.Digest, bob.Digest);
        }
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_a_typed_error_and_the_sound_file_completes()
    {
        using var alice = Small();
        var file = alice.Export();
        var header = HeaderSize(file);
        for (var i = 0; i < file.Length; i++)
        {
            using var bob = alice.Join();
            var flipped = (byte[])file.Clone();
            flipped[i] ^= (byte)(1 << i % 8);

            if (i < header)
            {
                // The roots are a hint; where only they differ everything is taken.
                Try(bob, flipped);
            }
            else
            {
                var e = Assert.Throws<ThreadsException>(() => bob.Import(flipped));
                Assert.Contains(e.ThreadsErrorCode, Refusals);
            }

            if (i % 16 == 0)
            {
                bob.Import(file);
                Assert.Equal(alice.Digest, bob.Digest);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Blocks_in_any_order_and_any_number_give_the_same_tables(int seed)
    {
        using var alice = Small();
        alice.Run("INSERT INTO n VALUES(3, 'c')", "DELETE FROM n WHERE id = 1");
        var blocks = Forger.Blocks(alice.Export());
        var random = new Random(seed);
        var shuffled = blocks.Concat(blocks.Where(_ => random.Next(2) == 0)).ToArray();
        random.Shuffle(shuffled);
        using var bob = alice.Join();
        using var carol = alice.Join();

        bob.Import(Forger.File(shuffled));
        carol.Import(Forger.File([.. blocks.SelectMany(b => new[] { b, b })]));

        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(alice.Digest, carol.Digest);
        Assert.True(bob.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void A_record_signed_by_somebody_else_is_refused_and_leaves_no_trace()
    {
        using var alice = Small();
        using var forger = new Forger(alice, ofPeer: true);
        using var other = new Forger(alice);
        using var bob = alice.Join();
        alice.SendTo(bob);
        var head = Forger.Stored(alice, 3);
        var forged = forger.Seal(head.RecordCid, forger.Payload(4, Late(bob), Forger.Create, Values(9, "forged")), other.Log);

        Refused(bob, "signature", forged);

        alice.Run("INSERT INTO n VALUES(3, 'c')");
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void A_later_valid_signature_vouches_for_a_record_before_it()
    {
        using var alice = Peer.New(Schema);
        using var forger = new Forger(alice);
        using var other = new Forger(alice);
        var opening = forger.Opening(1_000_000);
        var unsigned = forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, Forger.Create, Values(1, "a")), other.Log);

        var result = alice.Import(Forger.File(opening, unsigned, forger.Row(unsigned, 3, 3_000_000, 2, "b")));

        Assert.Equal(3, result.Added);
    }

    [Fact]
    public void Two_records_at_one_position_both_stay_and_both_count_in_either_order()
    {
        using var alice = Small();
        using var forger = new Forger(alice, ofPeer: true);
        using var bob = alice.Join();
        using var carol = alice.Join();
        var (opening, second) = (Forger.Stored(alice, 1), Forger.Stored(alice, 2));
        var branch = forger.Row(second, 3, Late(alice), 7, "other branch");
        var further = forger.Row(branch, 4, Late(alice) + 5_000, 8, "further");
        var honest = alice.Export();
        var forked = Forger.File(opening, second, branch, further);

        Assert.Equal(0, bob.Import(honest).Forks);
        Assert.Equal(1, bob.Import(forked).Forks);
        carol.Import(forked);
        carol.Import(honest);

        foreach (var peer in new[] { bob, carol })
        {
            Assert.Equal([(1L, "a"), (2L, "b"), (7L, "other branch"), (8L, "further")], peer.Connection.Query<(long, string)>("SELECT id, a FROM n ORDER BY id"));
            Assert.Equal(1, peer.One<long>("SELECT count(*) FROM threads_logs WHERE branch_of IS NOT NULL AND forked_at = 3"));
            Assert.True(peer.Connection.Thread.Verify().IsSound);
        }

        Assert.Equal(bob.Digest, carol.Digest);
        using var dave = alice.Join();
        carol.SendTo(dave);
        Assert.Equal(bob.Digest, dave.Digest);
        Assert.Equal(0, bob.Import(forked).Added);
    }

    [Fact]
    public void A_record_sealed_anew_is_no_fork()
    {
        using var alice = Small();
        using var forger = new Forger(alice, ofPeer: true);
        using var bob = alice.Join();
        alice.SendTo(bob);

        var result = bob.Import(Forger.File(Forger.Stored(alice, 1), Forger.Stored(alice, 2), forger.Reseal(Forger.Stored(alice, 3))));

        Assert.Equal((0L, 3L, 0), (result.Added, result.Known, result.Forks));
        Assert.True(bob.Connection.Thread.Verify().IsSound);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_log_goes_on_behind_whichever_sealing_its_writer_linked(bool resealedFirst)
    {
        using var alice = Small();
        using var forger = new Forger(alice, ofPeer: true);
        using var bob = alice.Join();
        var third = Forger.Stored(alice, 3);
        var resealed = Forger.File(Forger.Stored(alice, 1), Forger.Stored(alice, 2), forger.Reseal(third));
        var honest = alice.Export();
        bob.Import(resealedFirst ? resealed : honest);
        bob.Import(resealedFirst ? honest : resealed);

        alice.Run("INSERT INTO n VALUES(3, 'c')");
        var result = bob.Import(Forger.File(Forger.Stored(alice, 4)));

        Assert.Equal((1L, 0L, 0), (result.Added, result.Waiting, result.Forks));
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(third.RecordCid, bob.Connection.Thread.Heads.Heads.Count == 1 ? Forger.Stored(alice, 3).RecordCid : default);
        Assert.True(bob.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void A_file_of_another_thread_is_refused()
    {
        using var alice = Small();
        using var stranger = Peer.New(Schema);

        Assert.Equal(ThreadsErrorCode.ImportForeign, Assert.Throws<ThreadsException>(() => stranger.Import(alice.Export())).ThreadsErrorCode);
    }

    [Theory]
    [InlineData(1UL << 30)]
    [InlineData(1UL << 40)]
    [InlineData(ulong.MaxValue >> 1)]
    public void A_length_beyond_all_measure_costs_no_memory(ulong length)
    {
        using var alice = Small();
        var file = alice.Export();
        Span<byte> varint = stackalloc byte[10];
        var size = Varint.Write(varint, length);
        byte[] bad = [.. file, .. varint[..size], .. new byte[1_000]];
        using var bob = alice.Join();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var e = Assert.Throws<ThreadsException>(() => bob.Import(bad));

        Assert.Equal(ThreadsErrorCode.ImportDamaged, e.ThreadsErrorCode);
        Assert.Contains(" 3 new records", e.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 50_000_000);
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void Counts_inside_a_payload_are_believed_only_as_far_as_it_reaches()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);
        var payload = forger.Payload(2, 2_000_000, Forger.Create, Values(1, "a"));
        // The last array, of one event, claims 2^31 of them.
        var events = payload.AsSpan().LastIndexOf((byte)0x83) - 1;
        byte[] bad = [.. payload[..events], 0x9a, 0x7f, 0xff, 0xff, 0xff, .. payload[(events + 1)..]];

        Refused(alice, "payload", opening, forger.Seal(opening.RecordCid, bad));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Nesting_without_end_is_refused(int depth)
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);
        var shape = new EventShape((EventKind)77, "n", 0, ["x"]);
        var payload = forger.Payload(2, 2_000_000, shape, w => w.WriteNull());
        byte[] nested = [.. payload[..^1], .. Enumerable.Repeat((byte)0x81, depth), 0xf6];

        Refused(alice, "payload", opening, forger.Seal(opening.RecordCid, nested));
        Assert.Contains(Assert.Throws<ThreadsException>(() => alice.Import(Forger.File(nested, nested, nested, nested))).ThreadsErrorCode, Refusals);
    }

    [Fact]
    public void Garbage_is_refused_by_name()
    {
        using var alice = Small();
        var before = alice.Digest;

        Prop.ForAll<byte[]>(bytes => Try(alice, bytes ?? [])).QuickCheckThrowOnFailure();

        Assert.Equal(before, alice.Digest);
    }

    [Fact]
    public void A_file_with_garbage_written_over_it_is_refused_by_name()
    {
        using var alice = Small();
        var file = alice.Export();
        using var bob = alice.Join();
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var bad = (byte[])file.Clone();
            random.NextBytes(bad.AsSpan(random.Next(bad.Length - 40), random.Next(1, 40)));
            Try(bob, bad);
        }

        bob.Import(file);
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.True(bob.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void Time_that_runs_backwards_within_a_log_is_refused()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(5_000_000);
        var second = forger.Row(opening, 2, 6_000_000, 9, "x");

        Refused(alice, "time 6000000", opening, second, forger.Row(second, 3, 6_000_000, 10, "y"));
        Assert.Equal("x", alice.One<string>("SELECT a FROM n WHERE id = 9"));
    }

    [Fact]
    public void Time_that_runs_backwards_at_a_fork_leaves_no_branch()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(5_000_000);
        var second = forger.Row(opening, 2, 6_000_000, 9, "x");
        alice.Import(Forger.File(opening, second, forger.Row(second, 3, 7_000_000, 10, "y")));

        Refused(alice, "time", forger.Row(second, 3, 5_500_000, 11, "z"));

        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_logs WHERE branch_of IS NOT NULL"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void A_record_that_names_another_position_is_refused()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);

        Refused(alice, "position 5", opening, forger.Row(opening, 5, 2_000_000, 9, "x"));
    }

    [Fact]
    public void A_record_of_another_identity_is_refused()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);
        using var first = forger.Identity;
        forger.Identity = Threads.Data.Cryptography.Ed25519PrivateKey.Generate(Threads.Data.Cryptography.SystemRandomSource.Instance);

        Refused(alice, "identity", opening, forger.Row(opening, 2, 2_000_000, 9, "x"));
    }

    [Fact]
    public void An_opening_for_another_thread_is_refused()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        using var stranger = Peer.New();
        var opening = forger.Opening(1_000_000, stranger.Connection.Thread.Id.ToBytes());

        Refused(alice, "another thread", opening, forger.Row(opening, 2, 2_000_000, 9, "x"));
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_logs"));
    }

    [Fact]
    public void A_log_that_does_not_begin_with_its_opening_is_refused()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var first = forger.Seal(default, forger.Payload(1, 1_000_000, Forger.Create, Values(9, "x")));

        Refused(alice, "opening", first, forger.Row(first, 2, 2_000_000, 10, "y"));
    }

    [Theory]
    [InlineData("7b22613a317d")]
    [InlineData("80")]
    [InlineData("")]
    [InlineData("8601")]
    public void A_body_that_is_none_of_ours_is_refused(string body)
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);

        Refused(alice, "payload", opening, forger.Seal(opening.RecordCid, Convert.FromHexString(body)));
    }

    [Fact]
    public void A_row_without_a_key_is_refused()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);

        Refused(alice, "NULL", opening, forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, Forger.Create, w =>
        {
            w.WriteNull();
            w.WriteText("x");
        })));
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM n"));
    }

    [Fact]
    public void A_row_of_another_type_is_held_back_alike_everywhere()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);

        alice.Import(Forger.File(opening, forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, Forger.Create, w =>
        {
            w.WriteText("no integer");
            w.WriteText("x");
        }))));

        Assert.Equal(("n", "no integer"), alice.Connection.QuerySingle<(string, string)>("SELECT table_name, row_key FROM threads_conflicts"));
        var before = alice.Digest;
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(before, alice.Digest);
    }

    [Fact]
    public void A_grant_of_keys_that_makes_no_sense_is_refused()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);
        var shape = new EventShape(EventKind.Range, "", 0, ["log", "first", "last"]);

        Refused(alice, "granted", opening, forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, shape, w =>
        {
            w.WriteBytes([1, 2, 3]);
            w.WriteInt64(1);
            w.WriteInt64(2);
        })));
    }

    [Fact]
    public void Events_of_an_unknown_kind_or_collection_are_kept_and_stepped_over()
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        using var bob = alice.Join();
        var opening = forger.Opening(1_000_000);
        var unknown = forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, new EventShape((EventKind)77, "n", 1, ["id", "x"]), w =>
        {
            w.WriteInt64(1);
            w.StartMap(0);
        }));
        var elsewhere = forger.Seal(unknown.RecordCid, forger.Payload(3, 3_000_000, new EventShape(EventKind.Create, "_threads_key", 1, ["log", "key"]), w =>
        {
            w.WriteInt64(1);
            w.WriteBytes([1, 2, 3]);
        }));

        Assert.Equal(4, alice.Import(Forger.File(opening, unknown, elsewhere, forger.Row(elsewhere, 4, 4_000_000, 9, "after"))).Added);
        alice.SendTo(bob);

        Assert.Equal("after", bob.One<string>("SELECT a FROM n WHERE id = 9"));
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.True(bob.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void Gaps_wait_and_are_filled_by_another_file()
    {
        using var alice = Small();
        using var bob = alice.Join();
        var since = alice.Connection.Thread.Heads;
        for (var i = 10; i < 40; i++)
        {
            alice.Run($"INSERT INTO n VALUES({i}, 'late')");
        }

        using var later = new MemoryStream();
        alice.Connection.Thread.Export(later, since);
        var records = Enumerable.Range(0, (Forger.Blocks(later.ToArray()).Count - 1) / 4).ToArray();

        Assert.Equal((0L, 30L), bob.Import(later.ToArray()) is var first ? (first.Added, first.Waiting) : default);
        Assert.Equal((0L, 0L), bob.Import(later.ToArray()) is var again ? (again.Added, again.Waiting) : default);
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM n"));
        Assert.True(bob.Connection.Thread.Verify().IsSound);
        var whole = bob.Import(Forger.File([.. Forger.Blocks(alice.Export()).Skip(1).Take(12)]));

        Assert.Equal(33, whole.Added);
        Assert.Equal(30, records.Length);
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM _threads_pending"));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void A_long_chain_that_waited_is_taken_without_a_deep_stack()
    {
        using var alice = Peer.New(Schema);
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);
        var second = forger.Row(opening, 2, 2_000_000, 1, "a");
        var chain = new List<SealedRecord>();
        for (var i = 0; i < 5_000; i++)
        {
            chain.Add(forger.Row(i == 0 ? second : chain[^1], i + 3, 3_000_000 + i, i + 2, "b"));
        }

        Assert.Equal(5_000, alice.Import(Forger.File([.. chain])).Waiting);
        var thread = new Thread(() => alice.Import(Forger.File(opening, second)), maxStackSize: 256 << 10);
        thread.Start();
        thread.Join();

        Assert.Equal(5_001, alice.One<long>("SELECT count(*) FROM n"));
    }

    [Fact]
    public void A_record_far_ahead_is_accepted_but_folded_only_when_its_time_comes()
    {
        var time = new StoppedClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var source = new ThreadsDataSource(new ConnectionSettings("Data Source=:memory:", time));
        using var connection = source.OpenConnection();
        using var alice = Peer.Of(connection, Schema);
        alice.Run("INSERT INTO n VALUES(1, 'now')");
        using var forger = new Forger(alice);
        var future = HybridTime.FromWallClock(time.Now.AddDays(1));
        var opening = forger.Opening(HybridTime.FromWallClock(time.Now));
        var second = forger.Row(opening, 2, HybridTime.FromWallClock(time.Now) + 2_000, 2, "due");

        var result = alice.Import(Forger.File(opening, second, forger.Row(second, 3, future, 3, "tomorrow")));

        Assert.Equal(3, result.Added);
        Assert.Equal([1L, 2L], connection.Query<long>("SELECT id FROM n ORDER BY id"));
        alice.Run("INSERT INTO n VALUES(4, 'still today')");
        Assert.True(alice.One<long>("SELECT max(time) FROM threads_records WHERE log = 1") < future);
        var before = alice.Digest;
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(before, alice.Digest);
        Assert.True(alice.Connection.Thread.Verify().IsSound);

        time.Now += TimeSpan.FromDays(1);
        alice.Import(Forger.File(opening, second));

        Assert.Equal("tomorrow", alice.One<string>("SELECT a FROM n WHERE id = 3"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public async Task An_import_while_another_connection_writes_takes_everything_and_makes_no_fork()
    {
        var folder = Directory.CreateTempSubdirectory("threads-concurrent-");
        var file = Path.Combine(folder.FullName, "bob.db");
        using (var alice = Peer.New(Schema))
        {
            for (var i = 0; i < 300; i++)
            {
                alice.Run($"INSERT INTO n VALUES({i}, 'alice')");
            }

            using var bob = alice.Join(dataSource: file);
            using var writer = new ThreadsConnection($"Data Source={file}");
            writer.Open();
            var writing = Task.Run(() =>
            {
                for (var i = 0; i < 100; i++)
                {
                    writer.Execute("INSERT INTO n VALUES(@id, 'bob')", new { id = 10_000 + i });
                }
            });
            var exported = alice.Export();
            for (var i = 0; i < 5; i++)
            {
                bob.Import(exported);
            }

            await writing;

            Assert.Equal(400, bob.One<long>("SELECT count(*) FROM n"));
            Assert.Equal(0, bob.One<long>("SELECT count(*) FROM threads_logs WHERE branch_of IS NOT NULL"));
            Assert.True(bob.Connection.Thread.Verify().IsSound);
            bob.SendTo(alice);
            Assert.Equal(bob.Digest, alice.Digest);
            ThreadsConnection.ClearPool(writer);
        }

        folder.Delete(recursive: true);
    }

    private static Peer Small()
    {
        var alice = Peer.New(Schema);
        alice.Run("INSERT INTO n VALUES(1, 'a')", "INSERT INTO n VALUES(2, 'b')");
        return alice;
    }

    private static long Late(Peer peer) => peer.One<long>("SELECT max(time) FROM threads_records") + 5_000;

    private static Action<CborWriter> Values(long id, string a) => w =>
    {
        w.WriteInt64(id);
        w.WriteText(a);
    };

    /// <summary>Imported, or refused in our words; anything else fails the test.</summary>
    private static void Try(Peer peer, byte[] file)
    {
        try
        {
            peer.Import(file);
        }
        catch (ThreadsException e)
        {
            Assert.Contains(e.ThreadsErrorCode, Refusals);
        }
    }

    private static void Refused(Peer peer, string says, params SealedRecord[] records)
    {
        var e = Assert.Throws<ThreadsException>(() => peer.Import(Forger.File(records)));
        Assert.Equal(ThreadsErrorCode.RecordRefused, e.ThreadsErrorCode);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Contains(records, r => e.Message.Contains($"'{r.RecordCid}'", StringComparison.Ordinal));
    }

    private static int HeaderSize(byte[] file)
    {
        using var car = new CarReader(new MemoryStream(file));
        car.ReadHeader();
        return (int)car.Offset;
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
