using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Threads.Fuzzing;

/// <summary>
/// Changes valid inputs at random, by a seed, and keeps those that make the decoder answer in a way not seen before: another refusal, or the same one from another
/// place in the code. What a decoder may do: take the input, or refuse it by one of its named errors, with memory in proportion to the input.
/// <c>THREADS_FUZZ_INPUTS</c> says how many inputs each decoder gets (<c>.ci/run</c> gives as many as take about a minute), <c>THREADS_FUZZ_SEED</c> which.
/// </summary>
internal sealed class Fuzzer(ITestOutputHelper output)
{
    private const int MaxInputBytes = 8192;
    private const int MaxCorpus = 2000;
    private static readonly int Inputs = Setting("THREADS_FUZZ_INPUTS", 2000);
    private static readonly int Seed = Setting("THREADS_FUZZ_SEED", 20260101);

    private readonly Random _random = new(Seed);
    private readonly List<byte[]> _corpus = [];
    private readonly HashSet<string> _answers = [];
    private readonly StackTraceKeys _keys = new();

    /// <param name="name">The decoder, for the summary.</param>
    /// <param name="valid">Inputs that it takes.</param>
    /// <param name="decode">Runs it; what it returns is its answer in a few words. Throws only refusals.</param>
    /// <param name="isRefusal">Whether an exception is one of the decoder's named errors.</param>
    /// <param name="share">Part of the usual number of inputs, for decoders that take long.</param>
    /// <param name="freeBytes">What the decoder may allocate whatever the input; on top of that it may take 256 bytes for each of the input's.</param>
    public void Run(string name, IEnumerable<byte[]> valid, Func<byte[], string> decode, Func<Exception, bool> isRefusal, double share = 1, int freeBytes = 256 * 1024)
    {
        foreach (var input in valid)
        {
            try
            {
                _answers.Add(decode(input));
            }
            catch (Exception e)
            {
                Assert.Fail($"{name} refuses a valid input, {Convert.ToHexString(input)}: {e}");
            }

            _corpus.Add(input);
        }

        Assert.NotEmpty(_corpus);
        var (valids, refused, inputs) = (_corpus.Count, 0, Math.Max(1, (int)(Inputs * share)));
        for (var i = 0; i < inputs; i++)
        {
            var input = Mutate(_corpus[_random.Next(_corpus.Count)]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            string answer;
            try
            {
                answer = decode(input);
            }
            catch (Exception e) when (isRefusal(e))
            {
                refused++;
                answer = _keys.Of(e);
                before += _keys.LastCost;
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}, seed {Seed}, input {i}: {Convert.ToHexString(input)} makes an error that is no refusal: {e}");
                return;
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= freeBytes + (256L * input.Length), $"{name}, seed {Seed}, input {i}: {allocated} bytes for {Convert.ToHexString(input)}");
            if (_answers.Add(answer) && _corpus.Count < MaxCorpus)
            {
                _corpus.Add(input);
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Fuzz: {name}: {inputs} inputs from {valids} valid ones (seed {Seed}), {refused} refused, {_answers.Count} different answers"));
    }

    private byte[] Mutate(byte[] source)
    {
        var bytes = new List<byte>(source);
        for (var n = 1 + _random.Next(4); n > 0; n--)
        {
            Change(bytes);
        }

        return bytes.Count > MaxInputBytes ? [.. bytes.Take(MaxInputBytes)] : [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var size = Math.Min(bytes.Count - at, 1 + (int)Math.Pow(2, _random.NextDouble() * 8));
        switch (_random.Next(11))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] = (byte)(bytes[at] + (_random.Next(2) == 0 ? 1 : -1));
                break;
            case 3:
                bytes.RemoveRange(at, size);
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, size));
                break;
            case 6:
                var random = new byte[1 + _random.Next(16)];
                _random.NextBytes(random);
                bytes.InsertRange(at, random);
                break;
            case 7:
                var other = _corpus[_random.Next(_corpus.Count)];
                var from = _random.Next(other.Length + 1);
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.Skip(from));
                break;
            case 8:
                // Lengths are where decoders stumble: the ends of the integers, at any width, either way round, and as varints.
                byte[][] numbers = [[0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0x80, 0x80, 0x80, 0x08], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0x00], [0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x9A, 0x7F, 0xFF, 0xFF, 0xFF]];
                var number = numbers[_random.Next(numbers.Length)];
                bytes.RemoveRange(at, Math.Min(number.Length, bytes.Count - at));
                bytes.InsertRange(at, number);
                break;
            case 9:
                var twin = bytes.GetRange(at, size);
                bytes.InsertRange(at, Enumerable.Repeat(twin, 1 + _random.Next(8)).SelectMany(t => t));
                break;
            default:
                bytes.Add((byte)_random.Next(256));
                break;
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    /// <summary>Where a refusal came from, in a few words.</summary>
    private sealed class StackTraceKeys
    {
        public long LastCost { get; private set; }

        public string Of(Exception e)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var frames = new StackTrace(e, fNeedFileInfo: false).GetFrames().Take(3).Select(f => $"{f.GetMethod()?.DeclaringType?.Name}.{f.GetMethod()?.Name}+{f.GetILOffset()}");
            var key = $"{e.GetType().Name} {string.Join(' ', frames)}";
            LastCost = GC.GetAllocatedBytesForCurrentThread() - before;
            return key;
        }
    }
}
