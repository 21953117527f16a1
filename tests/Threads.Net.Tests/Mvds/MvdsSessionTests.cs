using System.Text;
using Threads.Net.Mvds;

namespace Threads.Net.Tests.Mvds;

/// <summary>Every cell of the table of M-FLOW-2, with what is out of place beside it; M-STATE-1, M-FLOW-1, M-RETX-1 to 4, M-SEC-2 to 4, M-MOB-1, M-MOB-2.</summary>
public sealed class MvdsSessionTests
{
    private static readonly byte[] Group = new byte[32];

    [Theory]
    [InlineData(MvdsMode.Batch, 2)]
    [InlineData(MvdsMode.Interactive, 4)]
    public void An_undisturbed_message_takes_as_many_records_as_the_mode_says(MvdsMode mode, int records)
    {
        var (a, b) = (new Node(new() { Mode = mode }), new Node());
        var message = a.Write("hello");
        var sent = 0;
        for (var epoch = 1; epoch < 10; epoch++)
        {
            sent += a.Send(b, epoch) + b.Send(a, epoch);
        }

        Assert.Equal(records, sent);
        Assert.True(b.Has(message.Id));
        Assert.Empty(a.Session.States);
        Assert.Empty(b.Session.States);
    }

    [Fact]
    public void New_message_batch_is_sent_and_kept_until_it_is_acknowledged()
    {
        var a = new Node();
        var message = a.Write("x");
        Assert.Equal([message.Id], a.Session.Take(1)!.Messages.Select(m => m.Id));
        Assert.Equal(new MvdsState(message.Id, MvdsStateType.Message, 1, 2), Assert.Single(a.Session.States));
    }

    [Fact]
    public void New_message_interactive_is_offered_and_kept()
    {
        var a = new Node(new() { Mode = MvdsMode.Interactive });
        var message = a.Write("x");
        var payload = a.Session.Take(1)!;
        Assert.Equal([message.Id], payload.Offers);
        Assert.Empty(payload.Messages);
        Assert.Equal(MvdsStateType.Offer, Assert.Single(a.Session.States).Type);
    }

    [Fact]
    public void Offer_of_something_new_is_requested_and_kept()
    {
        var b = new Node();
        var message = New("x");
        b.Receive(Offer(message), 1);
        Assert.Equal([message.Id], b.Session.Take(1)!.Requests);
        Assert.Equal(MvdsStateType.Request, Assert.Single(b.Session.States).Type);
    }

    [Fact]
    public void Offer_of_something_that_is_here_is_acknowledged()
    {
        var b = new Node();
        var message = New("x");
        b.Store(message);
        b.Receive(Offer(message), 1);
        Assert.Equal([message.Id], b.Session.Take(1)!.Acks);
        Assert.Empty(b.Session.States);
    }

    [Theory]
    [InlineData(MvdsMode.Batch)]
    [InlineData(MvdsMode.Interactive)]
    public void Offer_of_what_I_am_sending_ends_the_sending(MvdsMode mode)
    {
        var a = new Node(new() { Mode = mode });
        var message = a.Write("x");
        a.Receive(Offer(message), 1);
        Assert.Empty(a.Session.States);
        Assert.Equal([message.Id], a.Session.Take(1)!.Acks);
    }

    [Fact]
    public void Offer_again_of_what_was_requested_changes_nothing()
    {
        var b = new Node();
        var message = New("x");
        b.Receive(Offer(message), 1);
        b.Session.Take(1);
        b.Receive(Offer(message), 1);
        Assert.Equal(1, Assert.Single(b.Session.States).SendCount);
        Assert.Null(b.Session.Take(1));
    }

    [Fact]
    public void Request_for_my_offer_drops_it_and_sends_the_message()
    {
        var a = new Node(new() { Mode = MvdsMode.Interactive });
        var message = a.Write("x");
        a.Session.Take(1);
        a.Receive(Request(message), 2);
        Assert.Equal([message.Id], a.Session.Take(2)!.Messages.Select(m => m.Id));
        Assert.Equal(MvdsStateType.Message, Assert.Single(a.Session.States).Type);
    }

    [Fact]
    public void Request_for_what_I_am_sending_sends_it_at_once()
    {
        var a = new Node();
        var message = a.Write("x");
        a.Session.Take(1);
        a.Session.Take(2);
        a.Receive(Request(message), 3);
        Assert.Equal([message.Id], a.Session.Take(3)!.Messages.Select(m => m.Id));
    }

    [Fact]
    public void Request_for_what_was_not_offered_is_served_if_it_is_for_this_peer_and_ignored_otherwise()
    {
        var a = new Node();
        var message = New("kept from before");
        a.Store(message);
        a.Receive(Request(message), 1);
        Assert.Equal([message.Id], a.Session.Take(1)!.Messages.Select(m => m.Id));

        var unknown = New("nowhere");
        Assert.Equal([MvdsRemark.RequestOfNothing], a.Receive(Request(unknown), 2));
        a.Hidden.Add(message.Id);
        Assert.Equal([MvdsRemark.RequestOfNothing], a.Receive(Request(message), 2));
    }

    [Fact]
    public void Requests_beyond_the_limit_of_an_epoch_are_left()
    {
        var a = new Node(new() { MaxRequestsPerEpoch = 1 });
        var (one, two) = (New("1"), New("2"));
        a.Store(one);
        a.Store(two);
        Assert.Equal([MvdsRemark.TooManyRequests], a.Receive(new([], [], [one.Id, two.Id], []), 1));
        Assert.Single(a.Session.States);
        Assert.Empty(a.Receive(Request(two), 2));
        Assert.Equal(2, a.Session.States.Count);
    }

    [Fact]
    public void Message_that_was_requested_is_delivered_and_acknowledged_and_the_request_dropped()
    {
        var b = new Node();
        var message = New("x");
        b.Receive(Offer(message), 1);
        Assert.Empty(b.Receive(Content(message), 1));
        Assert.True(b.Has(message.Id));
        Assert.Empty(b.Session.States);
        Assert.Equal([message.Id], b.Session.Take(1)!.Acks);
    }

    [Fact]
    public void Message_that_nobody_asked_for_is_delivered_and_acknowledged()
    {
        var b = new Node();
        var message = New("x");
        Assert.Equal([MvdsRemark.Unrequested], b.Receive(Content(message), 1));
        Assert.True(b.Has(message.Id));
        Assert.Equal([message.Id], b.Session.Take(1)!.Acks);
    }

    [Fact]
    public void A_repeated_message_is_acknowledged_each_time_and_delivered_once()
    {
        var b = new Node();
        var message = New("x");
        b.Receive(Content(message), 1);
        b.Session.Take(1);
        Assert.Equal([MvdsRemark.Repeated], b.Receive(Content(message), 2));
        Assert.Equal([message.Id], b.Session.Take(2)!.Acks);
        Assert.Equal(1, b.DeliveredCount);
    }

    [Fact]
    public void Message_that_I_am_sending_myself_ends_the_sending()
    {
        var a = new Node();
        var message = a.Write("x");
        Assert.Equal([MvdsRemark.Repeated], a.Receive(Content(message), 1));
        Assert.Empty(a.Session.States);
    }

    [Fact]
    public void Message_that_could_not_be_stored_is_not_acknowledged_and_taken_when_it_comes_again()
    {
        var b = new Node { Fails = true };
        var message = New("x");
        b.Receive(Content(message), 1);
        Assert.Null(b.Session.Take(1));
        b.Fails = false;
        b.Receive(Content(message), 2);
        Assert.Equal([message.Id], b.Session.Take(2)!.Acks);
    }

    [Fact]
    public void Message_of_another_group_is_dropped()
    {
        var b = new Node();
        var other = new MvdsMessage { Group = [.. Enumerable.Repeat((byte)1, 32)], Body = [1] };
        Assert.Equal([MvdsRemark.OtherGroup], b.Receive(new([], [], [], [other]), 1));
        Assert.Null(b.Session.Take(1));
    }

    [Theory]
    [InlineData(MvdsMode.Batch)]
    [InlineData(MvdsMode.Interactive)]
    public void Ack_drops_the_message_and_an_offer_too(MvdsMode mode)
    {
        var a = new Node(new() { Mode = mode });
        var message = a.Write("x");
        a.Session.Take(1);
        Assert.Empty(a.Receive(Ack(message), 1));
        Assert.Empty(a.Session.States);
        Assert.Null(a.Session.Take(100));
    }

    [Fact]
    public void Ack_of_nothing_is_ignored_and_one_for_a_request_leaves_it()
    {
        var b = new Node();
        var message = New("x");
        Assert.Equal([MvdsRemark.AckOfNothing], b.Receive(Ack(message), 1));
        b.Receive(Offer(message), 1);
        Assert.Equal([MvdsRemark.AckOfNothing], b.Receive(Ack(message), 1));
        Assert.Single(b.Session.States);
    }

    [Theory]
    [InlineData(MvdsStateType.Offer)]
    [InlineData(MvdsStateType.Request)]
    [InlineData(MvdsStateType.Message)]
    public void Epoch_reached_sends_every_due_state_again_with_growing_pauses(MvdsStateType type)
    {
        var node = new Node(new() { Mode = type == MvdsStateType.Offer ? MvdsMode.Interactive : MvdsMode.Batch });
        if (type == MvdsStateType.Request)
        {
            node.Receive(Offer(New("x")), 1);
        }
        else
        {
            node.Write("x");
        }

        var sent = Enumerable.Range(1, 600).Where(epoch => node.Session.Take(epoch) is not null).ToArray();
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 513, 515, 519, 527, 543, 575], sent);
    }

    [Fact]
    public void One_payload_an_epoch_carries_everything_that_is_due()
    {
        var (a, b) = (new Node(), new Node(new() { Mode = MvdsMode.Interactive }));
        var (one, two, three) = (a.Write("1"), New("2"), New("3"));
        b.Receive(Content(one), 1);
        b.Receive(Offer(two), 1);
        b.Share(three);
        b.Write("4");
        var payload = b.Session.Take(1)!;
        Assert.Equal((1, 2, 1, 0), (payload.Acks.Count, payload.Offers.Count, payload.Requests.Count, payload.Messages.Count));
        Assert.Null(b.Session.Take(1));
    }

    [Fact]
    public void Payloads_end_at_their_limits_and_the_rest_follows()
    {
        var a = new Node(new() { MaxPayloadItems = 2, MaxPayloadBytes = 10 });
        for (var i = 0; i < 4; i++)
        {
            a.Write(new string((char)('a' + i), 10));
        }

        Assert.Single(a.Session.Take(1)!.Messages);
        a.Session = new(Group, a, new() { MaxPayloadItems = 2 }, a.Session.States);
        Assert.Equal(2, a.Session.Take(2)!.Messages.Count);
    }

    [Fact]
    public void Offers_beyond_the_limit_of_states_are_left_unanswered()
    {
        var b = new Node(new() { MaxStates = 1 });
        var (one, two) = (New("1"), New("2"));
        Assert.Equal([MvdsRemark.TooManyStates], b.Receive(new([], [one.Id, two.Id], [], []), 1));
        Assert.Equal([one.Id], b.Session.Take(1)!.Requests);
    }

    [Fact]
    public void Acknowledgements_wait_and_go_together_where_they_are_to_tell_less()
    {
        var b = new Node(new() { AckDelayEpochs = 3 });
        b.Receive(Content(New("1")), 1);
        b.Receive(Content(New("2")), 2);
        Assert.Null(b.Session.Take(3));
        Assert.Single(b.Session.Take(4)!.Acks);
        Assert.Single(b.Session.Take(5)!.Acks);
    }

    [Fact]
    public void State_outlives_a_restart()
    {
        var (a, b) = (new Node(), new Node());
        var message = a.Write("x");
        a.Session.Take(1);
        a.Session = new(Group, a, null, a.Session.States);
        Assert.Null(a.Session.Take(1));
        a.Send(b, 2);
        Assert.True(b.Has(message.Id));
        Assert.Equal(2, Assert.Single(a.Session.States).SendCount);
    }

    [Fact]
    public void A_message_that_is_gone_is_not_sent_any_more()
    {
        var a = new Node();
        var message = a.Write("x");
        a.Hidden.Add(message.Id);
        Assert.Null(a.Session.Take(1));
        Assert.Empty(a.Session.States);
    }

    [Fact]
    public void Children_wait_for_their_parents_and_ask_for_them()
    {
        var b = new Node(new() { IsCausal = true });
        var parent = New("parent");
        var child = New("child", parent.Id);
        var grandchild = New("grandchild", child.Id);
        b.Receive(Content(grandchild), 1);
        b.Receive(Content(child), 1);
        Assert.Equal(0, b.DeliveredCount);
        Assert.Equal(2, b.Session.HeldCount);
        var payload = b.Session.Take(1)!;
        Assert.Contains(parent.Id, payload.Requests);
        Assert.Empty(payload.Acks);
        b.Receive(Content(parent), 2);
        Assert.Equal([parent.Id, child.Id, grandchild.Id], b.Order);
        Assert.Equal(3, b.Session.Take(2)!.Acks.Count);
        Assert.Equal(0, b.Session.HeldCount);
    }

    [Fact]
    public void Messages_that_wait_are_limited()
    {
        var b = new Node(new() { IsCausal = true, MaxHeld = 1 });
        var parent = New("parent");
        b.Receive(Content(New("1", parent.Id)), 1);
        Assert.Contains(MvdsRemark.TooManyHeld, b.Receive(Content(New("2", parent.Id)), 1));
        Assert.Equal(1, b.Session.HeldCount);
    }

    [Fact]
    public void Ephemeral_messages_are_sent_once_and_leave_nothing()
    {
        var (a, b) = (new Node(), new Node());
        a.Session.Share(new() { Group = Group, Body = "typing"u8.ToArray(), Metadata = new([], true) });
        Assert.Equal(1, a.Send(b, 1));
        Assert.Equal("typing", Encoding.UTF8.GetString(Assert.Single(b.Ephemeral).Body));
        Assert.Empty(a.Session.States);
        Assert.Null(a.Session.Take(2));
        Assert.Null(b.Session.Take(2));
    }

    [Theory]
    [InlineData(1, MvdsMode.Batch)]
    [InlineData(2, MvdsMode.Interactive)]
    [InlineData(3, MvdsMode.Batch)]
    [InlineData(4, MvdsMode.Interactive)]
    public void Everything_arrives_once_and_in_causal_order_though_half_is_lost_repeated_or_late(int seed, MvdsMode mode)
    {
        var random = new Random(seed);
        var options = new MvdsOptions { Mode = mode, IsCausal = true };
        var (a, b) = (new Node(options), new Node(options));
        var (ofA, ofB) = (a.WriteChain(50, "a"), b.WriteChain(30, "b"));
        var late = new List<(Node To, MvdsPayload Payload, long At)>();
        for (var epoch = 1L; epoch < 20_000 && (a.Session.States.Count > 0 || b.Session.States.Count > 0 || epoch < 10); epoch++)
        {
            foreach (var (from, to) in new[] { (a, b), (b, a) })
            {
                if (from.Session.Take(epoch) is { } payload)
                {
                    for (var copies = random.Next(3); copies > 0; copies--)
                    {
                        late.Add((to, payload, epoch + random.Next(20)));
                    }
                }
            }

            foreach (var due in late.Where(l => l.At <= epoch).ToArray())
            {
                late.Remove(due);
                due.To.Receive(due.Payload, epoch);
            }
        }

        Assert.Equal(ofA, b.Order);
        Assert.Equal(ofB, a.Order);
        Assert.Empty(a.Session.States);
        Assert.Empty(b.Session.States);
    }

    private static MvdsMessage New(string text, params MvdsId[] parents) =>
        new() { Group = Group, Body = Encoding.UTF8.GetBytes(text), Metadata = parents.Length == 0 ? null : new(parents, false) };

    private static MvdsPayload Offer(MvdsMessage message) => new([], [message.Id], [], []);

    private static MvdsPayload Request(MvdsMessage message) => new([], [], [message.Id], []);

    private static MvdsPayload Ack(MvdsMessage message) => new([message.Id], [], [], []);

    private static MvdsPayload Content(MvdsMessage message) => new([], [], [], [message]);

    private sealed class Node : IMvdsMessages
    {
        private readonly Dictionary<MvdsId, MvdsMessage> _messages = [];

        public Node(MvdsOptions? options = null) => Session = new(Group, this, options);

        public MvdsSession Session { get; set; }

        public HashSet<MvdsId> Hidden { get; } = [];

        public List<MvdsId> Order { get; } = [];

        public List<MvdsMessage> Ephemeral { get; } = [];

        public int DeliveredCount => Order.Count;

        public bool Fails { get; set; }

        public bool Has(MvdsId id) => _messages.ContainsKey(id);

        public MvdsMessage? Find(MvdsId id) => Hidden.Contains(id) ? null : _messages.GetValueOrDefault(id);

        public void Store(MvdsMessage message) => _messages[message.Id] = message;

        public MvdsMessage Write(string text, params MvdsId[] parents)
        {
            var message = New(text, parents);
            Share(message);
            return message;
        }

        public void Share(MvdsMessage message)
        {
            Store(message);
            Session.Share(message);
        }

        public MvdsId[] WriteChain(int count, string name)
        {
            var ids = new List<MvdsId>();
            for (var i = 0; i < count; i++)
            {
                ids.Add(Write($"{name} {i}", [.. ids.TakeLast(1)]).Id);
            }

            return [.. ids];
        }

        /// <summary>Takes the epoch's payload to the other side, through its bytes; how many records it held.</summary>
        public int Send(Node to, long epoch)
        {
            if (Session.Take(epoch) is not { } payload)
            {
                return 0;
            }

            to.Receive(MvdsCodec.Decode(MvdsCodec.Encode(payload)), epoch);
            return payload.Acks.Count + payload.Offers.Count + payload.Requests.Count + payload.Messages.Count;
        }

        public List<MvdsRemark> Receive(MvdsPayload payload, long epoch)
        {
            var remarks = new List<MvdsRemark>();
            var open = new Queue<MvdsMessage>(Session.Receive(payload, epoch, (remark, _) => remarks.Add(remark)));
            while (open.TryDequeue(out var message))
            {
                if (message.IsEphemeral)
                {
                    Ephemeral.Add(message);
                }
                else if (Fails)
                {
                    Session.Failed(message.Id);
                }
                else
                {
                    Store(message);
                    Order.Add(message.Id);
                    foreach (var next in Session.Delivered(message.Id))
                    {
                        open.Enqueue(next);
                    }
                }
            }

            return remarks;
        }
    }
}
