using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data.Storage;

/// <summary>
/// An identity with the keys of its thread as text: <c>threads-identity:</c> and in base64url a <see cref="KeyWrap"/> of the DAG-CBOR <c>[1, thread, seed of the identity, replica key, [read key …], first list or null]</c>.
/// </summary>
internal static class IdentityText
{
    private const string Prefix = "threads-identity:";
    private const int Version = 1;
    private const int MaxChars = 1 << 21;

    public static string Write(ThreadSeed seed, PeerIdentity identity, string passphrase, int iterations, IRandomSource random)
    {
        var secret = GC.AllocateArray<byte>(Ed25519.SeedSize, pinned: true);
        byte[] bytes = [];
        try
        {
            identity.Key.CopySeed(secret);
            using var writer = new CborWriter();
            writer.StartArray(6);
            writer.WriteInt64(Version);
            writer.WriteBytes(seed.Thread.ToBytes());
            writer.WriteBytes(secret);
            writer.WriteBytes(seed.Replica);
            writer.StartArray(seed.Reads.Count);
            foreach (var key in seed.Reads)
            {
                writer.WriteBytes(key);
            }

            if (seed.FirstList is { } list)
            {
                writer.WriteBytes(list);
            }
            else
            {
                writer.WriteNull();
            }

            bytes = writer.ToArray();

            // Its buffer goes back to a pool.
            MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(writer.WrittenSpan), writer.Length).Clear();
            return Prefix + Base64Url.EncodeToString(KeyWrap.Wrap(passphrase, bytes, random, iterations));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <exception cref="ThreadsException">The text is something else or damaged, or the passphrase is wrong.</exception>
    public static (ThreadSeed Seed, PeerIdentity Identity) Read(string text, string passphrase)
    {
        text = text.Trim();
        if (text.Length > MaxChars || !text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            throw ThreadsErrors.IdentityText(Strings.KeysIdentityPrefix);
        }

        byte[] bytes = [];
        try
        {
            var blob = Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length));
            bytes = GC.AllocateArray<byte>(Math.Max(0, blob.Length - KeyWrap.Overhead), pinned: true);
            KeyWrap.Unwrap(passphrase, blob, bytes);
            return Parse(bytes);
        }
        catch (KeyUnwrapException e) when (e.Error == KeyUnwrapError.WrongPassword)
        {
            throw ThreadsErrors.PassphraseWrong(e);
        }
        catch (Exception e) when (e is KeyUnwrapException or CborException or FormatException)
        {
            throw ThreadsErrors.IdentityText(e.Message, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static (ThreadSeed, PeerIdentity) Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = new CborReader(bytes);
        PayloadHeader.Expect(reader.ReadArray() == 6 && reader.ReadInt64() == Version, "an identity of version 1");
        var thread = ThreadId.FromBytes(reader.ReadBytes());
        var identity = reader.ReadBytes();
        PayloadHeader.Expect(identity.Length == Ed25519.SeedSize, "a seed of 32 bytes");
        var replica = Key(ref reader);
        var reads = new byte[reader.ReadArray()][];
        for (var i = 0; i < reads.Length; i++)
        {
            reads[i] = Key(ref reader);
        }

        byte[]? list = null;
        if (reader.Peek() == CborKind.Null)
        {
            reader.ReadNull();
        }
        else
        {
            list = reader.ReadBytes().ToArray();
        }

        reader.EnsureEnd();
        return (new ThreadSeed(thread, replica, reads, list), PeerIdentity.FromSeed(identity));
    }

    private static byte[] Key(scoped ref CborReader reader)
    {
        var key = reader.ReadBytes();
        PayloadHeader.Expect(key.Length == SymmetricKey.KeySize, "a key of 32 bytes");
        return key.ToArray();
    }
}
