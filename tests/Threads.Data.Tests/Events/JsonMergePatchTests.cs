using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Events;

/// <summary>go-threads' default codec: shared/vectors/threads-jsonpatcher.json, and what it leaves open.</summary>
public class JsonMergePatchTests
{
    private const string File = "threads-jsonpatcher.json";

    [SkippableFact]
    public void Payloads_are_those_of_go_threads()
    {
        foreach (var entry in Vectors.List(File, "payloads"))
        {
            var events = Actions(entry);
            using var writer = new CborWriter();
            JsonMergePatchCodec.Write(writer, events);
            Assert.Equal(entry.Text("cbor"), Convert.ToHexStringLower(writer.WrittenSpan));
            Same(events, JsonMergePatchCodec.Read(entry.Hex("cbor")));
        }
    }

    [SkippableFact]
    public void Patches_are_made_as_go_threads_makes_them()
    {
        foreach (var entry in Vectors.List(File, "createPatch"))
        {
            if (entry.TextOrNull("error") is null)
                Assert.Equal(entry.Text("patch"), Make(entry.Text("before"), entry.Text("after")));
            else
                Assert.Equal(JsonMergePatchError.InvalidDocument, Refusal(() => Make(entry.Text("before"), entry.Text("after"))));
        }
    }

    [SkippableFact]
    public void Patches_are_applied_as_go_threads_applies_them()
    {
        foreach (var entry in Vectors.List(File, "mergePatch"))
        {
            if (entry.TextOrNull("error") is not { } error)
                Assert.Equal(entry.Text("result"), Apply(entry.Text("document"), entry.Text("patch")));
            else
                Assert.Equal("Invalid JSON " + (Refusal(() => Apply(entry.Text("document"), entry.Text("patch"))) == JsonMergePatchError.InvalidPatch ? "Patch" : "Document"), error);
        }
    }

    [SkippableFact]
    public void Documents_after_a_sequence_are_those_of_go_threads()
    {
        foreach (var entry in Vectors.List(File, "reductions"))
        {
            var documents = new Dictionary<string, byte[]>();
            void Reduce()
            {
                foreach (var e in JsonMergePatchCodec.InOrder(Actions(entry)))
                {
                    var key = e.Collection + "/" + e.InstanceId;
                    if (e.Apply(documents.GetValueOrDefault(key)) is { } document)
                        documents[key] = document;
                    else
                        documents.Remove(key);
                }
            }

            if (entry.TextOrNull("error") is { } error)
            {
                var expected = error.StartsWith("create", StringComparison.Ordinal) ? JsonMergePatchError.InstanceExists : JsonMergePatchError.InstanceAbsent;
                Assert.Equal(expected, Refusal(Reduce));
                continue;
            }

            Reduce();
            Assert.Equal(
                entry.GetProperty("documents").EnumerateObject().ToDictionary(d => d.Name, d => d.Value.GetString()),
                documents.ToDictionary(d => d.Key, d => (string?)Encoding.UTF8.GetString(d.Value)));
        }
    }

    [SkippableFact]
    public void Odd_payloads_are_taken_and_refused_as_by_go_threads()
    {
        var seen = 0;
        foreach (var entry in Vectors.List(File, "decode").Where(e => e.Text("as") == "recordEvents"))
        {
            seen++;
            if (entry.TextOrNull("error") is not null)
            {
                Assert.ThrowsAny<JsonMergePatchException>(() => JsonMergePatchCodec.Read(entry.Hex("hex")));
                continue;
            }

            var events = JsonMergePatchCodec.Read(entry.Hex("hex"));

            // What go-threads would write back holds the same.
            Same(JsonMergePatchCodec.Read(entry.Hex("reencoded")), events);
            if (entry.TryGetProperty("patchIsNil", out var isNil))
                Assert.Equal(isNil.GetBoolean(), events[0].Json is null);
            if (entry.TextOrNull("timestampGoType") is "string" or "float64" or "<nil>")
                Assert.Equal(0, events[0].TimestampNs);
        }

        Assert.Equal(20, seen);
    }

    [SkippableFact]
    public void Odd_CBOR_is_taken_and_refused_as_by_go_threads()
    {
        foreach (var entry in Vectors.List(File, "decode").Where(e => e.Text("as") == "any"))
        {
            if (entry.TextOrNull("error") is not null)
            {
                Assert.Equal(JsonMergePatchError.MalformedPayload, Refusal(() => new JsonMergePatchReader(entry.Hex("hex")).Skip()));
                continue;
            }

            var reader = new JsonMergePatchReader(entry.Hex("hex"));
            reader.Skip();
            if (entry.TextOrNull("goType") is "uint64" or "int64")
            {
                var number = new CborReader(entry.Hex("reencoded"));
                var expected = entry.Text("name") == "2^64-1" ? long.MaxValue : number.ReadInt64();
                Assert.Equal(expected, new JsonMergePatchReader(entry.Hex("hex")).ReadInteger());
            }
        }
    }

    // Facts of evanphx/json-patch 4.5 that the vectors leave out.
    [Theory]
    [InlineData("""{"a":{"z":1,"b":2},"c":1}""", """{"c":2}""", """{"a":{"z":1,"b":2},"c":2}""")] // text nobody touches keeps its order
    [InlineData("""{"a":{"z":1,"b":2}}""", """{"a":{"c":3}}""", """{"a":{"b":2,"c":3,"z":1}}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":[null,1]}""", """{"a":[null,1]}""")] // over an object an array is not pruned
    [InlineData("""{"a":1}""", """{"a":[]}""", """{"a":[]}""")]
    [InlineData("""{"a":1}""", """{"a":[null]}""", """{"a":[]}""")]
    [InlineData("""{"a":null}""", """{"a":{"b":null,"c":1}}""", """{"a":{"c":1}}""")]
    [InlineData("""{"a":1}""", """[null,{"b":null}]""", """[{}]""")]
    [InlineData("""{"a":" \" { , \u0041 "}""", """{ "b" : [ 1 , 2 ] }""", """{"a":" \" { , \u0041 ","b":[1,2]}""")]
    [InlineData("""{"é":1,"\u0001":2,"\n":3}""", """{}""", """{"\u0001":2,"\n":3,"é":1}""")]
    [InlineData("""{"\ud800":1,"\ud83d\ude00":2}""", """{}""", """{"�":1,"😀":2}""")]
    public void Apply_keeps_the_quirks(string document, string patch, string result) => Assert.Equal(result, Apply(document, patch));

    [Theory]
    [InlineData("""{"a":[[1]]}""", """{"a":[[1]]}""", "{}")]
    [InlineData("""{"a":[null]}""", """{"a":[null]}""", "{}")]
    [InlineData("""{"a":[{"x":null}]}""", """{"a":[{}]}""", "{}")] // in a list, a null member equals an absent one
    [InlineData("""{"a":{"x":null}}""", """{"a":{}}""", """{"a":{"x":null}}""")]
    [InlineData("{}", """{"a":0.000001,"b":1e-7,"c":-0.0,"d":123456789012345680000,"e":1.7976931348623157e308,"f":100,"g":5e-324}""",
        """{"a":0.000001,"b":1e-7,"c":-0,"d":123456789012345680000,"e":1.7976931348623157e+308,"f":100,"g":5e-324}""")]
    public void Create_keeps_the_quirks(string before, string after, string patch) => Assert.Equal(patch, Make(before, after));

    [Theory]
    [InlineData("")]
    [InlineData("{} {}")]
    [InlineData("""{"a":1e400}""")]
    [InlineData("null")]
    [InlineData("""{"a":NaN}""")]
    public void Create_refuses_what_is_no_object(string json) => Assert.Equal(JsonMergePatchError.InvalidDocument, Refusal(() => Make("{}", json)));

    [Fact]
    public void Nesting_beyond_the_limit_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 100_000));
        Assert.Equal(JsonMergePatchError.InvalidPatch, Refusal(() => Apply("{}", deep)));
        var cbor = new byte[100_000];
        cbor.AsSpan().Fill(0x81);
        Assert.Equal(JsonMergePatchError.MalformedPayload, Refusal(() => new JsonMergePatchReader(cbor).Skip()));
    }

    [Fact]
    public void A_payload_of_countless_events_is_refused()
    {
        byte[] payload = [.. Convert.FromHexString("a16770617463686573" + "9a"), 0x00, 0x10, 0x00, 0x00, .. Enumerable.Repeat((byte)0xa0, 0x100000)];
        Assert.Equal(JsonMergePatchError.TooManyEvents, Refusal(() => JsonMergePatchCodec.Read(payload)));
    }

    [Fact]
    public void Text_that_is_not_UTF8_is_refused()
    {
        byte[] broken = [(byte)'"', 0xff, (byte)'"'];
        Assert.Equal(JsonMergePatchError.InvalidPatch, Refusal(() => JsonMergePatch.Apply("{}"u8, broken)));
        Assert.Equal(JsonMergePatchError.MalformedPayload, Refusal(() => JsonMergePatchCodec.Read(Convert.FromHexString("a1677061746368657381a162694461ff"))));
    }

    [Fact]
    public void A_field_that_comes_twice_is_refused() =>
        Assert.Equal(JsonMergePatchError.MalformedPayload, Refusal(() => JsonMergePatchCodec.Read(Convert.FromHexString("a2677061746368657380677061746368657380"))));

    [Fact]
    public void An_unknown_operation_is_refused_when_it_is_applied()
    {
        var e = Assert.Single(JsonMergePatchCodec.Read(Convert.FromHexString("a1677061746368657381a1657061746368a1647479706507")));
        Assert.Equal(JsonMergePatchError.UnknownOperation, Refusal(() => e.Apply(null)));
    }

    [Fact]
    public void A_save_leads_from_one_document_to_the_other()
    {
        var e = JsonMergePatchEvent.Save("Person", "x", """{"_id":"x","a":1,"b":2}"""u8, """{"_id":"x","a":1,"c":[1]}"""u8, 7);
        Assert.Equal("""{"b":null,"c":[1]}""", Encoding.UTF8.GetString(e.Json!));
        Assert.Equal("""{"_id":"x","a":1,"c":[1]}""", Encoding.UTF8.GetString(e.Apply("""{"_id":"x","a":1,"b":2}"""u8.ToArray())!));
    }

    [Fact]
    public void Equal_timestamps_keep_their_order()
    {
        var events = Enumerable.Range(0, 100).Select(i => JsonMergePatchEvent.Delete("c", i.ToString(System.Globalization.CultureInfo.InvariantCulture), i / 50)).ToArray();
        Assert.Equal(events, JsonMergePatchCodec.InOrder(events));
    }

    [Fact]
    public void Numbers_are_written_so_that_they_read_back() =>
        Prop.ForAll<double>(number =>
        {
            if (!double.IsFinite(number))
                return true;
            var text = number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            var patch = Make("{}", $$"""{"a":{{text}}}""");
            return JsonDocument.Parse(patch).RootElement.GetProperty("a").GetDouble().Equals(number);
        }).QuickCheckThrowOnFailure();

    // I7.
    [Fact]
    public void Garbage_is_refused_by_name() =>
        Prop.ForAll<byte[]>(garbage =>
        {
            try
            {
                JsonMergePatchCodec.Read(garbage);
                JsonMergePatch.Apply("{}"u8, garbage);
            }
            catch (JsonMergePatchException)
            {
                return true;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_error_has_its_text()
    {
        foreach (var error in Enum.GetValues<JsonMergePatchError>())
            Assert.NotEmpty(new JsonMergePatchException(error, "x").Message);
    }

    private static JsonMergePatchEvent[] Actions(JsonElement entry) =>
    [
        .. entry.GetProperty("actions").EnumerateArray().Select(a => new JsonMergePatchEvent(
            (JsonMergePatchKind)a.GetProperty("typeCode").GetInt32(),
            a.Text("collection"),
            a.Text("id"),
            a.TextOrNull("json") is { } json ? Encoding.UTF8.GetBytes(json) : null,
            long.Parse(a.Text("timestamp"), System.Globalization.CultureInfo.InvariantCulture))),
    ];

    private static void Same(IReadOnlyList<JsonMergePatchEvent> expected, IReadOnlyList<JsonMergePatchEvent> actual)
    {
        Assert.Equal(expected.Select(e => e with { Json = null }), actual.Select(e => e with { Json = null }));
        Assert.Equal(expected.Select(e => e.Json), actual.Select(e => e.Json));
    }

    private static string Make(string before, string after) => Encoding.UTF8.GetString(JsonMergePatch.Create(Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after)));

    private static string Apply(string document, string patch) => Encoding.UTF8.GetString(JsonMergePatch.Apply(Encoding.UTF8.GetBytes(document), Encoding.UTF8.GetBytes(patch)));

    private static JsonMergePatchError Refusal(Action action) => Assert.Throws<JsonMergePatchException>(action).Error;
}
