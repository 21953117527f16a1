using System.Numerics;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Cryptography;

namespace Threads.Data.Tests.Cryptography;

/// <summary>
/// The twelve edge cases by which implementations of Ed25519 differ, as Chalkias, Garillot and Nikolaenko list them ("Taming the many EdDSAs",
/// eprint 2020/1244, table 5), built here by our own arithmetic from fixed names, and the pinned rule's answer to each.
/// </summary>
public class Ed25519RuleTests
{
    private static readonly BigInteger Order = BigInteger.Parse("7237005577332262213973186563042994240857116359379907606001950938285454250989");

    // A point of order eight, and its multiples 0 … 7.
    private static readonly EdwardsPoint[] Torsion = MakeTorsion("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");

    private static readonly byte[] SignedMinusOne = Convert.FromHexString("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

    private static readonly BigInteger Secret = Number("secret");

    private static readonly EdwardsPoint Prime = Multiply(EdwardsPoint.Base, Secret);

    public static TheoryData<string, bool> Cases => new()
    {
        { "0 small A, small R, S = 0", false },
        { "1 small A, mixed R", false },
        { "2 mixed A, small R", false },
        { "3 mixed A, mixed R, cofactorless equation holds", true },
        { "4 mixed A, mixed R, only the cofactored equation holds", false },
        { "5 mixed A, prime R, only the cofactored equation holds", false },
        { "6 S + L", false },
        { "7 S + 14 L", false },
        { "8 R not canonical, hashed as sent", false },
        { "9 R not canonical, hashed reduced", false },
        { "10 A not canonical, hashed as sent", false },
        { "11 A not canonical, hashed reduced", false },
        { "12 all of prime order", true },
    };

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Backends_answer_each_edge_case_as_the_rule_says(string name, bool accepted)
    {
        var (publicKey, signature, message) = Make(int.Parse(name.AsSpan(0, name.IndexOf(' ')), provider: null));
        Assert.Equal(accepted, Ed25519PublicKey.Verify(publicKey, message, signature, ManagedEd25519.Instance));
        Assert.Equal(accepted, Ed25519PublicKey.Verify(publicKey, message, signature, Backends.Named("openssl")));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_key_that_is_used_often_answers_by_its_table_as_before(string name, bool accepted)
    {
        var (publicKey, signature, message) = Make(int.Parse(name.AsSpan(0, name.IndexOf(' ')), provider: null));
        if (!Ed25519PublicKey.TryCreate(publicKey, out var key, ManagedEd25519.Instance))
        {
            Assert.False(accepted);
            return;
        }

        using (key)
        {
            for (var i = 0; i < 20; i++)
                Assert.Equal(accepted, key.Verify(message, signature));
        }
    }

    [Fact]
    public void Tables_of_points_give_what_doubling_gives()
    {
        var random = new Random(7);
        Span<byte> s = stackalloc byte[64];
        Span<byte> h = stackalloc byte[64];
        Span<byte> reducedS = stackalloc byte[32];
        Span<byte> reducedH = stackalloc byte[32];
        for (var i = 0; i < 50; i++)
        {
            random.NextBytes(s);
            random.NextBytes(h);
            Scalar25519.Reduce(s, reducedS);
            Scalar25519.Reduce(h, reducedH);
            if (i < 3)
            {
                // Digits at their ends: 0, and all nibbles 8 or 7.
                reducedS.Fill(i == 0 ? (byte)0 : i == 1 ? (byte)0x88 : (byte)0x77);
                reducedS[31] = (byte)(i == 0 ? 0 : 0x07);
                reducedS.CopyTo(reducedH);
            }

            var p = Prime + CachedPoint.From(Torsion[i % 8]);
            var doubled = EdwardsMultiplier.MultiplyBaseAndAdd(reducedS, reducedH, EdwardsMultiplier.OddMultiples(p, 8));
            var looked = EdwardsMultiplier.MultiplyBaseAndAdd(reducedS, reducedH, FixedBaseTable.Of(p));
            Assert.Equal(Encode(doubled), Encode(looked));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Edge_cases_are_what_their_names_say(int number)
    {
        var (publicKey, signature, message) = Make(number);
        Assert.True(EdwardsPoint.TryDecompress(publicKey, out var a));
        Assert.True(EdwardsPoint.TryDecompress(signature.AsSpan(0, 32), out var r));
        var k = Challenge(signature.AsSpan(0, 32), publicKey, message);
        var s = new BigInteger(signature.AsSpan(32), isUnsigned: true);
        var left = Multiply(EdwardsPoint.Base, s);
        var right = r + CachedPoint.From(Multiply(a, k));
        Assert.Equal(number < 4, Encode(left).SequenceEqual(Encode(right)));
        Assert.Equal(Encode(Multiply(left, 8)), Encode(Multiply(right, 8)));
        var identity = Encode(EdwardsPoint.Identity);
        Assert.Equal(number is 0 or 1, Encode(Multiply(a, 8)).SequenceEqual(identity));
        Assert.Equal(number is 0 or 2, Encode(Multiply(r, 8)).SequenceEqual(identity));
    }

    [SkippableFact]
    public void Backends_agree_on_points_with_torsion()
    {
        var openSsl = Backends.Named("openssl");
        Prop.ForAll<int, byte, byte>((seed, torsionA, torsionR) =>
        {
            var a = Add(Prime, Torsion[torsionA % 8]);
            var nonce = Number("nonce " + seed);
            var r = Encode(Add(Multiply(EdwardsPoint.Base, nonce), Torsion[torsionR % 8]));
            byte[] message = BitConverter.GetBytes(seed);
            var k = Challenge(r, Encode(a), message);
            byte[] signature = [.. r, .. Bytes((nonce + (k * Secret)) % Order)];
            var holds = (torsionR + (k * torsionA)) % 8 == 0;
            return Ed25519PublicKey.Verify(Encode(a), message, signature, ManagedEd25519.Instance) == holds
                && Ed25519PublicKey.Verify(Encode(a), message, signature, openSsl) == holds;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Scalar_arithmetic_is_that_of_big_integers() =>
        Prop.ForAll<byte[], byte[], byte[]>((x, y, z) =>
        {
            var wide = SHA512.HashData(x);
            var a = SHA256.HashData(y);
            var reduced = new byte[32];
            Scalar25519.Reduce(wide, reduced);
            var b = new byte[32];
            Scalar25519.Reduce(SHA512.HashData(z), b);
            var sum = new byte[32];
            Scalar25519.MultiplyAdd(a, b, reduced, sum);
            return Unsigned(reduced) == Unsigned(wide) % Order && Unsigned(sum) == ((Unsigned(a) * Unsigned(b)) + Unsigned(reduced)) % Order;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Scalar_edges_are_canonical_or_not()
    {
        Assert.True(Scalar25519.IsCanonical(Bytes(Order - 1)));
        Assert.False(Scalar25519.IsCanonical(Bytes(Order)));
        Assert.False(Scalar25519.IsCanonical(Bytes(Order + 1)));
        Assert.True(Scalar25519.IsCanonical(new byte[32]));
        Assert.True(Scalar25519.IsCanonical(Bytes(BigInteger.Pow(2, 252))));
        Assert.False(Scalar25519.IsCanonical(Bytes(BigInteger.Pow(2, 253))));
        byte[] wide = [.. Bytes(Order), .. new byte[32]];
        var reduced = new byte[32];
        Scalar25519.Reduce(wide, reduced);
        Assert.Equal(new byte[32], reduced);
        Array.Fill(wide, (byte)0xff);
        Scalar25519.Reduce(wide, reduced);
        Assert.Equal((BigInteger.Pow(2, 512) - 1) % Order, Unsigned(reduced));
    }

    private static (byte[] PublicKey, byte[] Signature, byte[] Message) Make(int number)
    {
        var nonce = Number("nonce");
        var noncePoint = Multiply(EdwardsPoint.Base, nonce);
        switch (number)
        {
            case 0:
                return Grind(Torsion[1], Torsion[3], 0, 0, k => (k + 3) % 8 == 0);
            case 1:
                return Grind(Torsion[1], Add(noncePoint, Torsion[5]), nonce, 0, k => (k + 5) % 8 == 0);
            case 2:
                return Grind(Add(Prime, Torsion[1]), Torsion[7], 0, Secret, k => (k + 7) % 8 == 0);
            case 3:
                return Grind(Add(Prime, Torsion[1]), Add(noncePoint, Torsion[2]), nonce, Secret, k => (k + 2) % 8 == 0);
            case 4:
                return Grind(Add(Prime, Torsion[1]), Add(noncePoint, Torsion[2]), nonce, Secret, k => (k + 2) % 8 != 0);
            case 5:
                return Grind(Add(Prime, Torsion[1]), noncePoint, nonce, Secret, k => k % 8 != 0);
            case 6 or 7:
                {
                    var (key, signature, message) = Make(12);
                    var s = Unsigned(signature.AsSpan(32)) + (Order * (number == 6 ? 1 : 14));
                    return (key, [.. signature.AsSpan(0, 32), .. Bytes(s)], message);
                }
            case 8 or 9:
                {
                    // R = (0, −1), written with a sign that x = 0 can't have; A has its order-two part cancel R's.
                    var a = Add(Prime, Torsion[4]);
                    return Grind(a, Torsion[4], 0, Secret, k => !k.IsEven, SignedMinusOne, number == 8 ? SignedMinusOne : null);
                }
            case 10 or 11:
                {
                    var key = SignedMinusOne;
                    var r = Encode(noncePoint);
                    for (var i = 0; ; i++)
                    {
                        byte[] message = BitConverter.GetBytes(i);
                        if (Challenge(r, number == 10 ? key : Encode(Torsion[4]), message).IsEven)
                            return (key, [.. r, .. Bytes(nonce)], message);
                    }
                }
            default:
                return Grind(Prime, noncePoint, nonce, Secret, _ => true);
        }
    }

    // Tries messages until the challenge k is as wanted; S = nonce + k·secret.
    private static (byte[] PublicKey, byte[] Signature, byte[] Message) Grind(
        EdwardsPoint a, EdwardsPoint r, BigInteger nonce, BigInteger secret, Func<BigInteger, bool> wanted, byte[]? sentR = null, byte[]? hashedR = null)
    {
        for (var i = 0; ; i++)
        {
            byte[] message = BitConverter.GetBytes(i);
            var k = Challenge(hashedR ?? Encode(r), Encode(a), message);
            if (wanted(k))
                return (Encode(a), [.. sentR ?? Encode(r), .. Bytes((nonce + (k * secret)) % Order)], message);
        }
    }

    private static BigInteger Challenge(ReadOnlySpan<byte> r, ReadOnlySpan<byte> a, ReadOnlySpan<byte> message) =>
        Unsigned(SHA512.HashData([.. r, .. a, .. message])) % Order;

    private static BigInteger Number(string name) => Unsigned(SHA512.HashData(System.Text.Encoding.UTF8.GetBytes(name))) % Order;

    private static BigInteger Unsigned(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true);

    private static byte[] Bytes(BigInteger number)
    {
        var bytes = new byte[32];
        Assert.True(number.TryWriteBytes(bytes, out _, isUnsigned: true));
        return bytes;
    }

    private static byte[] Encode(EdwardsPoint point)
    {
        var bytes = new byte[32];
        point.WriteTo(bytes);
        return bytes;
    }

    private static EdwardsPoint Add(EdwardsPoint a, EdwardsPoint b) => a + CachedPoint.From(b);

    private static EdwardsPoint Multiply(EdwardsPoint point, BigInteger times)
    {
        var result = EdwardsPoint.Identity;
        for (var bit = 255; bit >= 0; bit--)
        {
            result = result.Double();
            if (!((times >> bit) & 1).IsZero)
                result = Add(result, point);
        }

        return result;
    }

    private static EdwardsPoint[] MakeTorsion(string hex)
    {
        Assert.True(EdwardsPoint.TryDecompress(Convert.FromHexString(hex), out var point));
        return [.. Enumerable.Range(0, 8).Select(i => Multiply(point, i))];
    }
}
