using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Sync;

/// <summary>
/// /threads/sync/1.0.0 and /threads/mvds/1.0.0 (docs/protocol.md): finds which threads two peers have in common and keeps a <see cref="SyncSession"/> for each. Whoever has no
/// key gets the same answer for a thread that is here and for one that is not.
/// </summary>
internal sealed class SyncProtocol(PeerId self, Func<PeerId, PeerConnection?> find, ThreadsPeerOptions options, ILogger logger) : IProtocolHandler
{
    public const string Id = PageSession.ProtocolId;
    private const int RefusedCode = 1;
    private const int MaxGreetingBytes = 1024 * 1024;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private const int LongestRetryShift = 6;

    private readonly ConcurrentDictionary<string, ServedThread> _byTag = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ThreadId, ServedThread> _byId = new();
    private readonly ConcurrentDictionary<(PeerId, ThreadId), SyncSession> _sessions = new();
    private readonly ConcurrentDictionary<(PeerConnection, ThreadId), Task> _asking = new();
    private readonly ConcurrentDictionary<(PeerId, ThreadId), int> _failures = new();

    public string Protocol => Id;

    public int MaxInboundStreams => 256;

    /// <summary>The same for threads that go by MVDS.</summary>
    public IProtocolHandler ByMvds => new MvdsHandler(this);

    /// <summary>A conversation has begun or ended.</summary>
    public event Action? Changed;

    public bool TryAdd(ServedThread thread)
    {
        if (!_byId.TryAdd(thread.Id, thread))
        {
            return false;
        }

        _byTag[Convert.ToHexString(thread.Proof.TagAt(self))] = thread;
        return true;
    }

    public void Remove(ServedThread thread)
    {
        _byId.TryRemove(thread.Id, out _);
        _byTag.TryRemove(Convert.ToHexString(thread.Proof.TagAt(self)), out _);
    }

    /// <summary>How many threads are served.</summary>
    public int Count => _byId.Count;

    /// <summary>The thread, if it is served here.</summary>
    public ServedThread? Find(ThreadId thread) => _byId.GetValueOrDefault(thread);

    public IEnumerable<ServedThread> Threads => _byId.Select(t => t.Value);

    public SyncSession? Find(PeerId peer, ThreadId thread) => _sessions.GetValueOrDefault((peer, thread));

    /// <summary>
    /// Asks a peer for the threads that are served here. Both sides ask, whoever dialed: one of them may have begun to serve a thread after the other had asked. Who serves
    /// very many, as a replicator does, asks only for those that this peer has talked about before, and leaves the others to it.
    /// </summary>
    public void OnIdentified(PeerConnection connection)
    {
        if (!connection.Protocols.Contains(Id))
        {
            return;
        }

        var asksForAll = _byId.Count <= options.MaxThreadsAsked;
        foreach (var (_, thread) in _byId)
        {
            if (asksForAll || thread.HasMet(connection.Peer))
            {
                _ = AskAsync(connection, thread);
            }
        }
    }

    /// <summary>
    /// Asks a peer for a thread. Both sides may ask at once: the one with the smaller id lets the other's question wait for the answer to its own, so that one conversation begins. A
    /// peer that doesn't have the thread is left alone.
    /// </summary>
    public async Task AskAsync(PeerConnection connection, ServedThread thread)
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Talks(connection.Peer, thread) || !_asking.TryAdd((connection, thread.Id), answered.Task))
        {
            return;
        }

        try
        {
            var stream = await connection.OpenStreamAsync(thread.Protocol, connection.Ended).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var session = await GreetAsync(stream, thread).ConfigureAwait(false);
                Answered();
                if (session is not null)
                {
                    await RunAsync(thread, session).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or System.Data.Common.DbException)
        {
            LogMessages.SyncEnded(logger, e, thread.Id, connection.Peer, e.Message);
        }
        finally
        {
            Answered();
        }

        void Answered()
        {
            if (answered.TrySetResult())
            {
                _asking.TryRemove((connection, thread.Id), out _);
            }
        }
    }

    private async Task<SyncSession?> GreetAsync(PeerStream stream, ServedThread thread)
    {
        var heads = await thread.HeadsAsync(stream.Connection.Ended).ConfigureAwait(false);
        var hello = new Hello
        {
            Tag = ByteString.CopyFrom(thread.Proof.TagAt(stream.Peer)),
            Sealed = ByteString.CopyFrom(thread.Proof.Seal(heads.ToString(), self, stream.Peer, isAnswer: false, options.Random)),
        };
        await stream.WriteAsync(LengthPrefixed.Frame(new SyncFrame { Hello = hello }.ToByteArray()), stream.Connection.Ended).ConfigureAwait(false);
        var answer = await ReadGreetingAsync(stream, stream.Connection.Ended).ConfigureAwait(false);
        if (answer?.KindCase == SyncFrame.KindOneofCase.Welcome && thread.Proof.Open(answer.Welcome.Sealed.Span, stream.Peer, self, isAnswer: true) is { } theirs)
        {
            return Begin(thread, stream, self, SyncSession.Parse(theirs, stream.Peer));
        }

        if (!Talks(stream.Peer, thread))
        {
            LogMessages.ThreadRefused(logger, stream.Peer, thread.Id);
        }

        return null;
    }

    public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => HandleAsync(stream, Id, cancellationToken);

    private async Task HandleAsync(PeerStream stream, string protocol, CancellationToken cancellationToken)
    {
        var frame = await ReadGreetingAsync(stream, cancellationToken).ConfigureAwait(false);
        if (frame?.KindCase != SyncFrame.KindOneofCase.Hello)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(stream.Peer, frame?.KindCase.ToString() ?? "the end"));
        }

        if (!_byTag.TryGetValue(Convert.ToHexString(frame.Hello.Tag.Span), out var thread) ||
            thread.Protocol != protocol || thread.Proof.Open(frame.Hello.Sealed.Span, stream.Peer, self, isAnswer: false) is not { } theirs ||
            await AskedAsWellAsync(stream, thread, cancellationToken).ConfigureAwait(false))
        {
            var refusal = new SyncFrame { Refusal = new Refusal { Code = RefusedCode } };
            await stream.WriteAsync(LengthPrefixed.Frame(refusal.ToByteArray()), cancellationToken).ConfigureAwait(false);
            await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        var remote = SyncSession.Parse(theirs, stream.Peer);
        var heads = await thread.HeadsAsync(cancellationToken).ConfigureAwait(false);
        var welcome = new Welcome { Sealed = ByteString.CopyFrom(thread.Proof.Seal(heads.ToString(), self, stream.Peer, isAnswer: true, options.Random)) };
        await stream.WriteAsync(LengthPrefixed.Frame(new SyncFrame { Welcome = welcome }.ToByteArray()), cancellationToken).ConfigureAwait(false);
        if (Begin(thread, stream, stream.Peer, remote) is { } session)
        {
            await RunAsync(thread, session).ConfigureAwait(false);
        }
    }

    /// <summary>Whether this side's own question, asked at the same time, has begun a conversation. It may come to nothing: the other side may have begun to serve the thread after it.</summary>
    private async Task<bool> AskedAsWellAsync(PeerStream stream, ServedThread thread, CancellationToken cancellationToken)
    {
        if (self.CompareTo(stream.Peer) > 0 || !_asking.TryGetValue((stream.Connection, thread.Id), out var answered))
        {
            return false;
        }

        await answered.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Talks(stream.Peer, thread);
    }

    private bool Talks(PeerId peer, ServedThread thread) => Find(peer, thread.Id) is { IsStopped: false };

    // Nobody has proven anything yet: the first frame is short and comes soon.
    private async ValueTask<SyncFrame?> ReadGreetingAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken);
        return await SyncSession.ReadFrameAsync(stream, limit.Token, MaxGreetingBytes).ConfigureAwait(false);
    }

    /// <summary>Of two conversations the one that the smaller peer id began stays, on both sides; null when that is the other one.</summary>
    private SyncSession? Begin(ServedThread thread, PeerStream stream, PeerId opener, ThreadHeads remote)
    {
        var session = thread.Begin(stream, opener, remote, options.TimeProvider);
        SyncSession? replaced = null;
        var kept = _sessions.AddOrUpdate((stream.Peer, thread.Id), session, (_, other) =>
        {
            var keeps = !other.IsStopped && other.Opener.CompareTo(opener) < 0;
            replaced = keeps ? null : other;
            return keeps ? other : session;
        });
        replaced?.Stop();
        return kept == session ? session : null;
    }

    private async Task RunAsync(ServedThread thread, SyncSession session)
    {
        Changed?.Invoke();
        LogMessages.SyncBegan(logger, thread.Id, session.Peer);
        using var activity = SyncMetrics.Source.StartActivity("threads.sync");
        activity?.SetTag("threads.thread", thread.Id.ToString()).SetTag("threads.peer", session.Peer.ToString());
        SyncMetrics.Conversations.Add(1);
        try
        {
            // Not waited for: a long transaction of the application may hold the file.
            _ = NoteAsync(thread, session);
            await session.RunAsync().ConfigureAwait(false);
        }
        catch (ThreadsPeerException e) when (e.ErrorCode == ThreadsPeerErrorCode.RecordRefused)
        {
            LogMessages.RecordRefused(logger, session.Peer, thread.Id, e.Message);
            activity?.SetStatus(System.Diagnostics.ActivityStatusCode.Error, e.Message);
            throw;
        }
        finally
        {
            SyncMetrics.Conversations.Add(-1);
            await NoteAsync(thread, session).ConfigureAwait(false);
            if (_sessions.TryRemove(KeyValuePair.Create((session.Peer, thread.Id), session)))
            {
                _ = AskAgainAsync(session.Peer, thread, session.HasProgressed);
            }

            Changed?.Invoke();
        }
    }

    /// <summary>How far the peer is outlives the conversation. A locked database is no reason to end one.</summary>
    private async Task NoteAsync(ServedThread thread, SyncSession session)
    {
        try
        {
            await thread.NotePeerAsync(session.Peer, session.RemoteHeads).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException or System.Data.Common.DbException)
        {
            LogMessages.PeerNotNoted(logger, e, session.Peer, thread.Id, e.Message);
        }
    }

    /// <summary>A conversation ended though the peer may still be there: once more after a while, longer each time that nothing came of it.</summary>
    private async Task AskAgainAsync(PeerId peer, ServedThread thread, bool hasProgressed)
    {
        var failures = _failures.AddOrUpdate((peer, thread.Id), _ => 0, (_, n) => hasProgressed ? 0 : Math.Min(n + 1, LongestRetryShift));
        await Task.Delay(TimeSpan.FromTicks(FirstRetry.Ticks << failures), options.TimeProvider).ConfigureAwait(false);
        if (find(peer) is { } connection && Find(thread.Id) == thread)
        {
            await AskAsync(connection, thread).ConfigureAwait(false);
        }
        else
        {
            _failures.TryRemove((peer, thread.Id), out _);
        }
    }

    private sealed class MvdsHandler(SyncProtocol sync) : IProtocolHandler
    {
        public string Protocol => MvdsConversation.ProtocolId;

        public int MaxInboundStreams => sync.MaxInboundStreams;

        public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => sync.HandleAsync(stream, Protocol, cancellationToken);
    }
}
