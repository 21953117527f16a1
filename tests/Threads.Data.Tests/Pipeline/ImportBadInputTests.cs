using Dapper;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;
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
    public void A_file_of_another_thread_is_refused()
    {
        using var alice = Small();
        using var stranger = Peer.New(Schema);

        Assert.Equal(ThreadsErrorCode.ImportForeign, Assert.Throws<ThreadsException>(() => stranger.Import(alice.Export())).ThreadsErrorCode);
    }

    [Fact]
    public void A_source_that_fails_in_the_middle_gives_what_came_before()
    {
        using var alice = Small();
        var file = alice.Export();
        using var bob = alice.Join();

        Assert.Throws<IOException>(() => bob.Connection.Thread.Import(new FailingStream(file[..^200])));

        Assert.Equal(2, bob.One<long>("SELECT count(*) FROM threads_records"));
        bob.Import(file);
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void Disorder_is_sorted_within_a_limit()
    {
        using var alice = Small();
        var blocks = Forger.Blocks(alice.Export());
        blocks.Reverse();
        using var car = new CarReader(new MemoryStream(Forger.File([.. blocks])));
        var reader = new ImportReader(alice.Connection.OpenSession().Core.Keys, car, new ImportLimits { MaxDisorderBytes = 500 });

        Assert.Equal(ThreadsErrorCode.ImportDamaged, Assert.Throws<ThreadsException>(() => reader.Records().Count()).ThreadsErrorCode);
    }

    [Fact]
    public void An_import_can_be_cancelled_and_done_again()
    {
        using var alice = Small();
        using var bob = alice.Join();

        Assert.ThrowsAny<OperationCanceledException>(() => bob.Connection.Thread.Import(new MemoryStream(alice.Export()), null, new CancellationToken(canceled: true)));

        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
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

    internal static Peer Small()
    {
        var alice = Peer.New(Schema);
        alice.Run("INSERT INTO n VALUES(1, 'a')", "INSERT INTO n VALUES(2, 'b')");
        return alice;
    }

    internal static Action<CborWriter> Values(long id, string a) => w =>
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

    internal static void Refused(Peer peer, string says, params SealedRecord[] records)
    {
        var e = Assert.Throws<ThreadsException>(() => peer.Import(Forger.File(records)));
        Assert.Equal(ThreadsErrorCode.RecordRefused, e.ThreadsErrorCode);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Contains(records, r => e.Message.Contains($"'{r.RecordCid}'", StringComparison.Ordinal));
    }

    private sealed class FailingStream(byte[] content) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer)
        {
            var read = base.Read(buffer);
            return read > 0 ? read : throw new IOException("The cable was pulled.");
        }
    }

    private static int HeaderSize(byte[] file)
    {
        using var car = new CarReader(new MemoryStream(file));
        car.ReadHeader();
        return (int)car.Offset;
    }
}
