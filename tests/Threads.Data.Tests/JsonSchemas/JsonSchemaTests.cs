using System.Text.Json;
using Threads.Data.JsonSchemas;

namespace Threads.Data.Tests.JsonSchemas;

// T-STO-9; draft-handrews-json-schema-01 and -validation-01, by their sections
public class JsonSchemaTests
{
    /// <summary>Schema; documents that are valid; documents that are not, each with the path and rule of its first error.</summary>
    public static TheoryData<string, string[], string[]> Vocabulary => new()
    {
        { "true", ["1", "null", "{}"], [] },
        { "false", [], ["1 => / false"] },
        { "{}", ["1", "[]"], [] },

        // 6.1
        { """{"type":"integer"}""", ["1", "-3", "1.0", "1e3", "12345678901234567890123"], ["1.5 => / type", "1e-1 => / type", "\"1\" => / type"] },
        { """{"type":"number"}""", ["1", "1.5"], ["true => / type", "null => / type"] },
        { """{"type":["string","null"]}""", ["\"a\"", "null"], ["1 => / type", "[] => / type"] },
        { """{"type":"object"}""", ["{}"], ["[] => / type"] },
        { """{"type":"array"}""", ["[]"], ["{} => / type"] },
        { """{"type":"boolean"}""", ["true", "false"], ["0 => / type"] },
        { """{"enum":[1,"a",{"x":[1.0,null],"y":2}]}""", ["1.0", "\"a\"", """{"y":2,"x":[1,null]}"""], ["2 => / enum", """{"x":[1]} => / enum""", "\"A\" => / enum", "true => / enum"] },
        { """{"const":0}""", ["0", "0.0", "-0"], ["false => / const", "\"0\" => / const"] },

        // 6.2
        { """{"multipleOf":0.01}""", ["0.07", "19.99", "0", "\"text\""], ["0.075 => / multipleOf", "1e-3 => / multipleOf"] },
        { """{"multipleOf":3e300}""", ["9e300", "3e1000000000"], ["4e300 => / multipleOf", "3e299 => / multipleOf"] },
        { """{"maximum":10}""", ["10", "-1e9", "9.999"], ["10.0000000000000000000001 => / maximum", "1e99999999999999999999 => / maximum"] },
        { """{"exclusiveMaximum":10}""", ["9.9"], ["10 => / exclusiveMaximum", "10.0 => / exclusiveMaximum"] },
        { """{"minimum":-1.5}""", ["-1.5", "0", "1e-400"], ["-1.50001 => / minimum"] },
        { """{"exclusiveMinimum":0}""", ["1e-400"], ["0 => / exclusiveMinimum", "-1e-400 => / exclusiveMinimum"] },

        // 6.3: characters, not UTF-16 units
        { """{"maxLength":2}""", ["\"ab\"", "\"\\uD83D\\uDE00\\uD83D\\uDE00\"", "123"], ["\"abc\" => / maxLength"] },
        { """{"minLength":2.0}""", ["\"ab\""], ["\"a\" => / minLength", "\"\\uD83D\\uDE00\" => / minLength"] },
        { """{"pattern":"a+b"}""", ["\"xaabx\"", "1"], ["\"b\" => / pattern"] },
        { """{"pattern":"^\\d$"}""", ["\"7\""], ["\"\\u0967\" => / pattern", "\"7\\n\" => / pattern"] },
        { """{"pattern":"^(?=.*[A-Z])[^[]+$"}""", ["\"aB\""], ["\"ab\" => / pattern", "\"A[\" => / pattern"] },

        // 6.4
        { """{"items":{"type":"integer"}}""", ["[]", "[1,2]", "{}"], ["[1,\"2\",3] => /1 type"] },
        { """{"items":[{"type":"integer"},true],"additionalItems":{"type":"string"}}""", ["[1]", "[1,{},\"a\"]"], ["[\"a\"] => /0 type", "[1,2,3] => /2 type"] },
        { """{"items":[true],"additionalItems":false}""", ["[1]"], ["[1,2] => /1 additionalItems"] },
        { """{"additionalItems":false}""", ["[1,2]"], [] },
        { """{"maxItems":1,"minItems":1}""", ["[1]"], ["[1,2] => / maxItems", "[] => / minItems"] },
        { """{"uniqueItems":true}""", ["[1,2,\"1\",true,[1],{\"a\":1}]", "[]"], ["[1,1.0] => / uniqueItems", """[{"a":1,"b":2},{"b":2,"a":1}] => / uniqueItems""", "[[1,[2]],[1,[2.0]]] => / uniqueItems"] },
        { """{"uniqueItems":false}""", ["[1,1]"], [] },
        { """{"contains":{"minimum":5}}""", ["[1,5]", "\"no array\""], ["[] => / contains", "[1,2] => / contains"] },

        // 6.5
        { """{"maxProperties":1,"minProperties":1}""", ["""{"a":1}"""], ["{} => / minProperties", """{"a":1,"b":2} => / maxProperties"""] },
        { """{"required":["a","b/c"]}""", ["""{"a":null,"b/c":1}""", "[]"], ["{} => /a required", """{"a":1} => /b~1c required"""] },
        { """{"properties":{"a":{"type":"string"},"b":false}}""", ["{}", """{"a":"x","c":1}"""], ["""{"a":1} => /a type""", """{"b":null} => /b properties"""] },
        { """{"patternProperties":{"^n_":{"type":"number"},"s$":{"maximum":9}}}""", ["""{"n_x":99,"s":"a"}"""], ["""{"n_x":"1"} => /n_x type""", """{"n_s":10} => /n_s maximum"""] },
        { """{"properties":{"a":true},"patternProperties":{"^x":true},"additionalProperties":false}""", ["""{"a":1,"xy":2}"""], ["""{"b":1} => /b additionalProperties"""] },
        { """{"additionalProperties":{"type":"null"}}""", ["""{"a":null}"""], ["""{"a":1} => /a type"""] },
        { """{"dependencies":{"card":["name"],"a":{"required":["b"]}}}""", ["{}", """{"name":"x"}""", """{"a":1,"b":2}"""], ["""{"card":1} => /name dependencies""", """{"a":1} => /b required"""] },
        { """{"propertyNames":{"maxLength":2}}""", ["""{"ab":1}"""], ["""{"abc":1} => /abc maxLength"""] },

        // 6.6, 6.7
        { """{"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["a"]},"else":{"required":["b"]}}""", ["""{"k":1,"a":0}""", """{"b":0}"""], ["""{"k":1,"b":0} => /a required""", """{"a":0} => /b required"""] },
        { """{"then":false,"else":false}""", ["1"], [] },
        { """{"allOf":[{"minimum":1},{"maximum":2}]}""", ["1", "2"], ["0 => / minimum", "3 => / maximum"] },
        { """{"anyOf":[{"type":"string"},{"minimum":2}]}""", ["\"a\"", "2"], ["1 => / anyOf"] },
        { """{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}""", ["2", "3"], ["6 => / oneOf", "5 => / oneOf"] },
        { """{"not":{"type":"string"}}""", ["1"], ["\"a\" => / not"] },

        // 7.3
        { """{"format":"date-time"}""", ["\"2026-02-28T23:59:60Z\"", "\"2026-02-28t01:02:03.4+05:30\"", "1"], ["\"2026-02-29T01:02:03Z\" => / format", "\"2026-02-28T01:02:03\" => / format", "\"2026-02-28 01:02:03Z\" => / format", "\"2026-02-28T12:00:60Z\" => / format"] },
        { """{"format":"date"}""", ["\"2024-02-29\""], ["\"2023-02-29\" => / format", "\"2024-2-29\" => / format"] },
        { """{"format":"time"}""", ["\"08:30:06Z\"", "\"22:59:60-01:00\""], ["\"08:30:06\" => / format", "\"24:00:00Z\" => / format", "\"08:30:06.Z\" => / format"] },
        { """{"format":"email"}""", ["\"ann.o'neil@example.org\"", "\"\\\"a b\\\"@example.org\"", "\"a@[127.0.0.1]\""], ["\"ann\" => / format", "\".a@b.c\" => / format", "\"a@-b.c\" => / format"] },
        { """{"format":"hostname"}""", ["\"a-b.example\""], ["\"-a.example\" => / format", "\"a_b\" => / format"] },
        { """{"format":"ipv4"}""", ["\"192.168.0.1\""], ["\"256.1.1.1\" => / format", "\"1.2.3\" => / format", "\"01.2.3.4\" => / format"] },
        { """{"format":"ipv6"}""", ["\"::\"", "\"::1\"", "\"2001:db8::ff00:42:8329\"", "\"::ffff:192.0.2.1\"", "\"1:2:3:4:5:6:7:8\""], ["\"12345::\" => / format", "\"1:2:3:4:5:6:7\" => / format", "\"1:2:3:4:5:6:7::8:9\" => / format", "\"1::2::3\" => / format", "\":1\" => / format", "\"::1.2.3.4:5\" => / format", "\"1.2.3.4\" => / format", "\"::1%eth0\" => / format"] },
        { """{"format":"uri"}""", ["\"http://example.org/a?b=%20#c\"", "\"urn:isbn:1\""], ["\"/relative\" => / format", "\"http://a b\" => / format", "\"http://x/%zz\" => / format", "\"a#b#c:d\" => / format"] },
        { """{"format":"uri-reference"}""", ["\"/a?b\"", "\"#c\"", "\"\""], ["\"a\\\\b\" => / format", "\"1:a\" => / format"] },
        { """{"format":"iri"}""", ["\"http://\u0119xample.org\""], ["\"\u0119\" => / format"] },
        { """{"format":"json-pointer"}""", ["\"\"", "\"/a~1b/0\""], ["\"a\" => / format", "\"/~2\" => / format"] },
        { """{"format":"relative-json-pointer"}""", ["\"0#\"", "\"1/a\""], ["\"01/a\" => / format", "\"/a\" => / format"] },
        { """{"format":"regex"}""", ["\"^a$\""], ["\"a(\" => / format"] },
        { """{"format":"colour","contentEncoding":"base64","default":"x","examples":[1],"title":"t","$comment":"c","readOnly":true}""", ["\"anything\""], [] },

        // core 8.3: references, siblings ignored; recursion into the document
        { """{"$ref":"#/definitions/a~1b%25","type":"null","definitions":{"a/b%":{"type":"integer"}}}""", ["1"], ["null => / type"] },
        { """{"properties":{"v":{"type":"integer"},"next":{"$ref":"#"}},"required":["v"],"additionalProperties":false}""", ["""{"v":1,"next":{"v":2,"next":{"v":3}}}"""], ["""{"v":1,"next":{"next":{"v":1}}} => /next/v required""", """{"v":1,"next":{"v":2,"x":3}} => /next/x additionalProperties"""] },
        { """{"$id":"http://x.example/root.json","items":{"$ref":"item.json#/definitions/n"},"definitions":{"i":{"$id":"item.json","definitions":{"n":{"type":"integer"}}}}}""", ["[1]"], ["[\"a\"] => /0 type"] },
        { """{"items":{"$ref":"#positive"},"definitions":{"p":{"$id":"#positive","minimum":1}}}""", ["[1]"], ["[0] => /0 minimum"] },
        { """{"items":{"$ref":"#/x-rules/0"},"x-rules":[{"type":"integer"}]}""", ["[1]"], ["[\"a\"] => /0 type"] },
        { """{"$schema":"http://json-schema.org/draft-07/schema#","const":{"$ref":"#/nowhere"},"enum":[{"$ref":"#/nowhere"}]}""", ["""{"$ref":"#/nowhere"}"""], ["{} => / enum"] },
    };

    [Theory]
    [MemberData(nameof(Vocabulary))]
    public void Each_keyword_means_what_draft_07_says(string schema, string[] valid, string[] invalid)
    {
        var rules = JsonSchema.Parse(schema);
        Assert.All(valid, v => Assert.Empty(rules.Validate(v)));
        Assert.All(invalid, line =>
        {
            var parts = line.Split(" => ");
            var error = rules.Validate(parts[0])[0];
            Assert.Equal(parts[1], $"{(error.Path.Length == 0 ? "/" : error.Path)} {error.Rule}");
        });
    }

    [Fact]
    public void An_error_names_path_rule_and_place_and_not_the_value()
    {
        var schema = JsonSchema.Parse("""{"properties":{"list":{"items":{"maximum":10,"type":"integer"}}},"required":["id"]}""");
        var errors = schema.Validate("""{"list":[1,99.5]}""");
        Assert.Equal(["/id", "/list/1", "/list/1"], errors.Select(e => e.Path));
        Assert.Equal(["/required", "/properties/list/items/type", "/properties/list/items/maximum"], errors.Select(e => e.SchemaPath));
        Assert.Equal("'/list/1' breaks 'maximum': must be at most 10", errors[2].ToString());
        Assert.DoesNotContain(errors, e => e.ToString().Contains("99.5"));
    }

    [Theory]
    [InlineData("{", "JSON")]
    [InlineData("[]", "an object, true or false")]
    [InlineData("""{"properties":{"a":1}}""", "'/properties/a'")]
    [InlineData("""{"type":"text"}""", "'text' is no type")]
    [InlineData("""{"type":[]}""", "'/type'")]
    [InlineData("""{"minimum":"1"}""", "'/minimum'")]
    [InlineData("""{"exclusiveMaximum":true}""", "'/exclusiveMaximum'")]
    [InlineData("""{"multipleOf":0}""", "greater than zero")]
    [InlineData("""{"maxLength":-1}""", "'/maxLength'")]
    [InlineData("""{"maxLength":1.5}""", "'/maxLength'")]
    [InlineData("""{"pattern":"a("}""", "'a(' is no regular expression")]
    [InlineData("""{"patternProperties":{"[":{}}}""", "'[' is no regular expression")]
    [InlineData("""{"required":"a"}""", "'/required'")]
    [InlineData("""{"required":[1]}""", "'/required'")]
    [InlineData("""{"anyOf":[]}""", "'/anyOf'")]
    [InlineData("""{"uniqueItems":1}""", "'/uniqueItems'")]
    [InlineData("""{"a":1,"a":2}""", "'a'")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema"}""", "draft-07")]
    [InlineData("""{"$ref":"#/definitions/none"}""", "leads to no schema")]
    [InlineData("""{"$ref":"http://elsewhere.example/schema.json"}""", "Nothing is fetched")]
    [InlineData("""{"$ref":"#"}""", "leads back")]
    [InlineData("""{"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"not":{"$ref":"#"}}}}""", "leads back")]
    public void A_text_that_is_no_schema_is_refused_with_its_place(string schema, string text)
    {
        var error = Assert.Throws<ThreadsException>(() => JsonSchema.Parse(schema));
        Assert.Equal(ThreadsErrorCode.JsonSchemaText, error.ThreadsErrorCode);
        Assert.Contains(text, error.Message);
    }

    [Fact]
    public void Checking_ends_however_references_multiply()
    {
        var levels = string.Join(",", Enumerable.Range(1, 40).Select(i => $$"""
            "d{{i}}":{"allOf":[{"$ref":"#/definitions/d{{i - 1}}"},{"$ref":"#/definitions/d{{i - 1}}"}]}
            """));
        var schema = JsonSchema.Parse("""{"$ref":"#/definitions/d40","definitions":{"d0":true,""" + levels + "}}");
        var error = Assert.Single(schema.Validate("1"));
        Assert.Contains("1000000 steps", error.Message);
    }

    [Theory]
    [InlineData("^(a+)+$")]
    [InlineData("^(?=a)(a+)+$")]
    public void A_pattern_that_would_run_for_ever_matches_nothing(string pattern)
    {
        var schema = JsonSchema.Parse(JsonSerializer.Serialize(new { pattern }));
        Assert.Equal("pattern", Assert.Single(schema.Validate($"\"{new string('a', 200)}!\"")).Rule);
        Assert.Empty(schema.Validate("\"aaa\""));
    }

    [Fact]
    public void Documents_without_end_or_meaning_are_no_crash()
    {
        var schema = JsonSchema.Parse("""{"items":{"$ref":"#"},"maxLength":3}""");
        Assert.Empty(schema.Validate(new string('[', 200) + new string(']', 200)));
        Assert.ThrowsAny<JsonException>(() => schema.Validate(new string('[', 2000) + new string(']', 2000)));
        Assert.Equal("type", Assert.Single(schema.Validate("\"\\uD800\"")).Rule);
        Assert.Equal(JsonSchema.MostErrors, JsonSchema.Parse("""{"items":false}""").Validate("[" + string.Join(",", Enumerable.Repeat("1", 500)) + "]").Count);
    }
}
