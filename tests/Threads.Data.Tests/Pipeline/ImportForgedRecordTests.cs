using Dapper;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Records;

namespace Threads.Data.Tests.Pipeline;

/// <summary>Records that hold together but say what they may not, or more than this peer knows: refused by name, or kept.</summary>
public class ImportForgedRecordTests
{
    private const string Schema = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

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

    [Theory]
    [InlineData("INTEGER", 7L, "7")]
    [InlineData("INTEGER", 7L, " 7.0 ")]
    [InlineData("NUMERIC", 7L, "+.7e1")]
    [InlineData("REAL", 7L, "7")]
    [InlineData("TEXT", "7", 7L)]
    [InlineData("TEXT", "0.5", 0.5)]
    [InlineData("REAL", 9007199254740992L, 9007199254740993L)]
    public void A_key_that_the_column_stores_as_another_one_is_held_back_and_touches_no_row(string type, object honest, object forged)
    {
        using var alice = Peer.New($"CREATE TABLE n(id {type} PRIMARY KEY, a TEXT)");
        using var bob = alice.Join([$"CREATE TABLE n(id {type} PRIMARY KEY, a TEXT)"]);
        alice.Connection.Execute("INSERT INTO n VALUES(@honest, 'honest')", new { honest });
        alice.SendTo(bob);
        using var forger = new Forger(alice);
        var opening = forger.Opening(Late(alice));
        EventShape save = new(EventKind.Save, "n", 1, ["id", "a"]), delete = new(EventKind.Delete, "n", 1, ["id"]);
        void Key(CborWriter writer) => SqlValueOf(forged).Write(writer);
        var create = forger.Seal(opening.RecordCid, forger.Payload(2, Late(alice) + 10, Forger.Create, w =>
        {
            Key(w);
            w.WriteText("forged");
        }));
        var change = forger.Seal(create.RecordCid, forger.Payload(3, Late(alice) + 20, save, w =>
        {
            Key(w);
            w.WriteText("changed");
        }));
        var removal = forger.Seal(change.RecordCid, forger.Payload(4, Late(alice) + 30, delete, Key));

        alice.Import(Forger.File(opening, create));
        Assert.Equal("honest", alice.One<string>("SELECT group_concat(a) FROM n"));
        Assert.Equal("datatype mismatch: the key of n would be stored as another value", alice.One<string>("SELECT reason FROM threads_conflicts"), ignoreCase: true);
        alice.Import(Forger.File(change));
        Assert.Equal("honest", alice.One<string>("SELECT group_concat(a) FROM n"));
        bob.Import(Forger.File(opening, create, change, removal));
        alice.Import(Forger.File(removal));
        foreach (var peer in new[] { alice, bob })
        {
            Assert.Equal("honest", peer.One<string>("SELECT group_concat(a) FROM n"));
            Assert.Equal(0, peer.One<long>("SELECT count(*) FROM threads_conflicts"));
            peer.Connection.Thread.RebuildViews();
            Assert.Equal("honest", peer.One<string>("SELECT group_concat(a) FROM n"));
        }
    }

    [Fact]
    public void A_copy_of_an_opening_that_no_record_links_is_not_taken_for_it()
    {
        using var alice = ImportBadInputTests.Small();
        using var forger = new Forger(alice, ofPeer: true);
        using var bob = alice.Join();
        var other = forger.Opening(Late(alice) + 1_000_000_000_000_000);

        Refused(bob, "signature", other);
        alice.SendTo(bob);
        Refused(bob, "signature", other);

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

    [Theory]
    [InlineData("", "", "m")]
    [InlineData("n", "", "")]
    public void An_alias_without_a_name_is_refused(string collection, string column, string name)
    {
        using var alice = Small();
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);

        Refused(alice, "alias", opening, forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, Aliases.Shape, w =>
            Aliases.Write(w, new Alias(collection, column, name, IsFresh: true)))));
    }

    [Fact]
    public void Aliases_that_lead_to_each_other_or_to_themselves_change_no_row()
    {
        using var alice = Small();
        alice.Run("CREATE TABLE m(id INTEGER PRIMARY KEY, a)", "INSERT INTO n VALUES(1001, 'n')", "INSERT INTO m VALUES(1, 'm')");
        using var forger = new Forger(alice);
        var previous = forger.Opening(1_000_000);
        var records = new List<SealedRecord> { previous };
        foreach (var (collection, column, name) in new[] { ("n", "", "m"), ("m", "", "n"), ("n", "", "n"), ("x", "", "y"), ("y", "", "x"), ("y", "", "n"), ("n", "a", "id"), ("n", "id", "a"), ("n", "b", "c"), ("n", "c", "b") })
        {
            previous = forger.Seal(previous.RecordCid, forger.Payload(records.Count + 1, 2_000_000 * records.Count, Aliases.Shape, w =>
                Aliases.Write(w, new Alias(collection, column, name, IsFresh: true))));
            records.Add(previous);
        }

        Assert.Equal(records.Count, alice.Import(Forger.File([.. records])).Added);
        alice.Run("INSERT INTO n VALUES(1002, 'after')", "ALTER TABLE n ADD COLUMN c", "UPDATE n SET c = 1", "CREATE TABLE x(id INTEGER PRIMARY KEY)", "INSERT INTO x VALUES(1)");
        Assert.Equal("n,after", alice.One<string>("SELECT group_concat(a) FROM n WHERE id > 1000"));
        Assert.Equal("m", alice.One<string>("SELECT group_concat(a) FROM m"));
        alice.Connection.Thread.Verify().ThrowIfNotSound();
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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_a_member_seals_is_refused_or_means_the_same_everywhere(int seed)
    {
        string[] schema = [Schema, "CREATE TABLE c(p TEXT, q REAL, v INTEGER CHECK(v < 100), u TEXT, PRIMARY KEY(p, q)) WITHOUT ROWID"];
        using var alice = Peer.New(schema);
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES(1, 'a'), (2, 'b')", "INSERT INTO c VALUES('x', 1, 2, 'u')");
        var random = new Random(seed);
        var added = 0;
        for (var i = 0; i < 150; i++)
        {
            using var forger = new Forger(alice);
            var opening = forger.Opening(1_000_000 + i);
            var payload = Several(forger, 2_000_000 + random.Next(1_000_000_000), random);
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                // Behind version, log and position, which are looked at first.
                payload[random.Next(44, payload.Length)] = (byte)random.Next(256);
            }

            try
            {
                added += (int)alice.Import(Forger.File(opening, forger.Seal(opening.RecordCid, payload))).Added / 2;
            }
            catch (ThreadsException e)
            {
                Assert.Equal(ThreadsErrorCode.RecordRefused, e.ThreadsErrorCode);
            }
        }

        Assert.InRange(added, 40, 149);
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
        var before = alice.Digest;
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(before, alice.Digest);
        Assert.True(bob.Connection.Thread.Verify().IsSound);
        alice.Run("INSERT INTO n VALUES(1000, 'goes on')");
    }

    private static byte[] Several(Forger forger, long time, Random random)
    {
        EventShape[] shapes =
        [
            Forger.Create, new(EventKind.Save, "n", 1, ["id", "a"]), new(EventKind.Delete, "n", 1, ["id"]),
            new(EventKind.Create, "c", 2, ["p", "q", "v", "u"]), new(EventKind.Save, "c", 2, ["p", "q", "v"]), new(EventKind.Delete, "c", 2, ["p", "q"]),
        ];
        using var payload = new PayloadWriter();
        payload.Begin();
        foreach (var shape in shapes)
        {
            payload.Add(shape);
        }

        for (var i = 0; i < 6; i++)
        {
            var shape = random.Next(shapes.Length);
            payload.StartEvent(shape, shapes[shape].Columns.Length);
            foreach (var column in shapes[shape].Columns)
            {
                Value(payload.Values, column, random);
            }
        }

        return payload.Finish(forger.LogId, 2, time).ToArray();
    }

    private static void Value(CborWriter writer, string column, Random random)
    {
        switch (column, random.Next(8))
        {
            case ("p", _):
                writer.WriteText(((char)('a' + random.Next(4))).ToString());
                break;
            case ("id", _):
                writer.WriteInt64(random.Next(20));
                break;
            case (_, 0):
                writer.WriteDouble(random.Next(4) / 2.0);
                break;
            case (_, 1):
                writer.WriteBytes([(byte)random.Next(3)]);
                break;
            case ("u", _):
                writer.WriteText(((char)('a' + random.Next(4))).ToString());
                break;
            default:
                writer.WriteInt64(random.Next(120));
                break;
        }
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

    private static Peer Small() => ImportBadInputTests.Small();

    private static long Late(Peer peer) => peer.One<long>("SELECT max(time) FROM threads_records") + 5_000;

    private static Action<CborWriter> Values(long id, string a) => ImportBadInputTests.Values(id, a);

    private static void Refused(Peer peer, string says, params SealedRecord[] records) => ImportBadInputTests.Refused(peer, says, records);

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static SqlValue SqlValueOf(object value) => value switch
    {
        long integer => SqlValue.Of(integer),
        double real => SqlValue.Of(real),
        _ => SqlValue.OfText(System.Text.Encoding.UTF8.GetBytes((string)value)),
    };
}
