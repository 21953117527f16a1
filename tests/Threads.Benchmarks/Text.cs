using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Threads.Data;
using Threads.Data.Sequences;

namespace Threads.Benchmarks;

/// <summary>The editing trace of a paper, keystroke by keystroke, against loro-crdt in a process of its own.</summary>
internal static class Text
{
    private const int Batch = 1000;
    private const int Offline = 5000;

    public static IEnumerable<Line> Run(Bench bench, int rounds)
    {
        if (Find() is not { } file)
        {
            Console.Error.WriteLine("shared/data/automerge-paper.json.gz is not beside the checkout: no lines on text.");
            yield break;
        }

        var (edits, end) = Read(file);
        edits = edits[..bench.Scaled(edits.Length)];
        var operations = new List<byte[]>();
        var (apply, _) = bench.Alternate(() => Timed.Run(() => operations = Apply(edits, edits.Length > 200_000 ? end : null)), () => default);
        var (fold, _) = bench.Alternate(() => Timed.Run(() => Fold(operations)), () => default);
        var (left, right) = (Side(operations, 0, Offline), Side(operations, 50_000, Offline));
        var (merge, _) = bench.Alternate(() => Merge(left, right), () => default);
        var size = operations.Sum(o => (long)o.Length);
        yield return new("editing trace, edits through ThreadText, encoded every 1,000", "≥ 200,000/s", edits.Length / apply.Seconds >= 200_000, Line.Text($"{edits.Length / apply.Seconds:#,0}/s"),
            Line.Each(apply, edits.Length), "–", Line.Text($"{apply.AllocatedBytes / edits.Length:#,0} B"));
        yield return new("its full history, a byte count per edit", "≤ 4 B", size <= edits.Length * 4L, Line.Text($"{(double)size / edits.Length:0.00} B"), Line.Text($"{size:#,0} B"), "–");

        var stored = 0L;
        var (database, _) = bench.Alternate(() => Store(bench, edits, out stored), () => default);
        yield return new("editing trace, edits through ThreadText, a commit every 1,000, synchronous=NORMAL", "≥ 200,000/s", edits.Length / database.Seconds >= 200_000,
            Line.Text($"{edits.Length / database.Seconds:#,0}/s"), Line.Each(database, edits.Length), "–", Line.Text($"{database.AllocatedBytes / edits.Length:#,0} B"));
        yield return new("all its records, sealed and signed, a byte count per edit", "≤ 4 B", stored <= edits.Length * 4L, Line.Text($"{(double)stored / edits.Length:0.00} B"), Line.Text($"{stored:#,0} B"), "–");

        var loro = Enumerable.Range(0, rounds).Select(_ => Loro(file)).OfType<JsonElement>().ToList();
        if (loro.Count == 0 || edits.Length < 200_000)
        {
            Console.Error.WriteLine("No lines against loro-crdt: they need the whole trace, node, and `npm ci` in tests/Threads.Benchmarks/peers/text.");
            yield break;
        }

        Timed Theirs(string name) => new(Timed.Middle(loro.Select(l => l.GetProperty(name).GetDouble())), 0, 0);
        yield return Line.Of("editing trace, applied, against loro-crdt", apply, Theirs("apply"), edits.Length, 2);
        yield return Line.Of("editing trace, read from its bytes and folded, against loro-crdt", fold, Theirs("import"), edits.Length, 2);
        yield return Line.Of("two that typed 5,000 characters each offline, an operation a character, merged on both, against loro-crdt", merge, Theirs("merge"), 2 * Offline, 2);
    }

    private static List<byte[]> Apply((int Position, int Deleted, string Inserted)[] edits, string? end)
    {
        var operations = new List<byte[]>();
        var text = new ThreadText();
        for (var i = 0; i < edits.Length; i++)
        {
            var (position, deleted, inserted) = edits[i];
            if (deleted > 0)
                text.Delete(position, deleted);
            if (inserted.Length > 0)
                text.Insert(position, inserted);
            if (i % Batch == Batch - 1 || i == edits.Length - 1)
            {
                operations.Add(TextOperationCodec.Encode(text.ToOperation()));
                text.AcceptEdits();
            }
        }

        if (end is not null && text.ToString() != end)
            throw new InvalidOperationException("The trace ends with another text.");
        return operations;
    }

    /// <summary>The trace into a cell of a table, as an editor would save it.</summary>
    private static Timed Store(Bench bench, (int Position, int Deleted, string Inserted)[] edits, out long stored)
    {
        using var connection = Bench.OpenOurs(bench.NewFile("text"), "Synchronous=Normal");
        Bench.Execute(connection, "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT)");
        Bench.Execute(connection, "SELECT threads_merge('note', 'body', 'text')");
        Bench.Execute(connection, "INSERT INTO note VALUES(1, '')");
        using var update = connection.CreateCommand();
        update.CommandText = "UPDATE note SET body = $body WHERE id = 1";
        var body = update.CreateParameter();
        body.ParameterName = "$body";
        update.Parameters.Add(body);
        var text = new ThreadText();
        var time = Timed.Run(() =>
        {
            for (var i = 0; i < edits.Length; i++)
            {
                var (position, deleted, inserted) = edits[i];
                if (deleted > 0)
                    text.Delete(position, deleted);
                if (inserted.Length > 0)
                    text.Insert(position, inserted);
                if (i % Batch == Batch - 1 || i == edits.Length - 1)
                {
                    connection.Thread.RecordEdits(text);
                    body.Value = text.ToString();
                    update.ExecuteNonQuery();
                    text.AcceptEdits();
                }
            }
        });
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT sum(size_bytes) FROM threads_records";
        stored = (long)read.ExecuteScalar()!;
        read.CommandText = "SELECT body FROM note";
        if ((string)read.ExecuteScalar()! != text.ToString())
            throw new InvalidOperationException("The table holds another text.");
        return time;
    }

    private static TextBuffer Fold(List<byte[]> operations)
    {
        var text = new TextBuffer("");
        TextMerge.Apply(text, 0, [.. operations.Select((o, i) => new TextChange(TextOperationCodec.Decode(o), [i - 1]))]);
        return text;
    }

    /// <summary>What one of two types offline, an operation a character.</summary>
    private static List<TextOperation> Side(List<byte[]> operations, int at, int count)
    {
        var length = Fold(operations).Points;
        return [.. Enumerable.Range(0, count).Select(i => new TextOperation(length + i, [new SequenceRun(false, Math.Min(at, length) + i, 1)], ((char)('a' + i % 26)).ToString()))];
    }

    /// <summary>What the log's reader does on each of the two: the concurrent part, upon a text that holds one side.</summary>
    private static Timed Merge(List<TextOperation> left, List<TextOperation> right)
    {
        var changes = new List<TextChange>();
        for (var i = 0; i < left.Count; i++)
        {
            changes.Add(new TextChange(left[i], [i == 0 ? -1 : 2 * i - 2]));
            changes.Add(new TextChange(right[i], [i == 0 ? -1 : 2 * i - 1]));
        }

        var texts = new[] { left, right }.Select(side =>
        {
            var text = new TextBuffer(new string('x', side[0].LengthBefore));
            side.ForEach(operation => operation.ApplyTo(text));
            return text;
        }).ToArray();
        var time = Timed.Run(() =>
        {
            for (var side = 0; side < 2; side++)
                TextMerge.Apply(texts[side], left[0].LengthBefore, changes, [.. Enumerable.Range(0, changes.Count).Select(i => i % 2 == side)]);
        });
        return texts[0].ToString() == texts[1].ToString() ? time : throw new InvalidOperationException("The two end with different texts.");
    }

    private static JsonElement? Loro(string file)
    {
        var folder = Path.Combine(Path.GetDirectoryName(Folder())!, "tests", "Threads.Benchmarks", "peers", "text");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
            return null;
        using var process = Process.Start(new ProcessStartInfo("node", ["trace.mjs", file, "1"]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonDocument.Parse(output).RootElement : null;
    }

    private static ((int, int, string)[] Edits, string End) Read(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(stream);
        var edits = document.RootElement.GetProperty("txns").EnumerateArray().SelectMany(t => t.GetProperty("patches").EnumerateArray())
            .Select(p => (p[0].GetInt32(), p[1].GetInt32(), p[2].GetString()!)).ToArray();
        return (edits, document.RootElement.GetProperty("endContent").GetString()!);
    }

    private static string? Find()
    {
        var file = Path.Combine(Path.GetDirectoryName(Folder())!, "..", "shared", "data", "automerge-paper.json.gz");
        return File.Exists(file) ? Path.GetFullPath(file) : null;
    }

    /// <summary>The solution file above this program.</summary>
    private static string Folder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Threads.EF.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Run it inside of the checkout.");
        return Path.Combine(folder, "Threads.EF.sln");
    }
}
