using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Threads.Data.Resources;

namespace Threads.Data.JsonSchemas;

/// <summary>One document asked of one schema. Each rule is asked for by itself, so that all that is wrong is told at once; a schema that is only tried tells nothing.</summary>
internal sealed class SchemaEvaluation
{
    private readonly List<JsonSchemaError> _errors = [];
    private readonly Stack<string> _path = new();
    private int _steps;
    private int _tries;

    public IReadOnlyList<JsonSchemaError> Run(SchemaNode schema, JsonElement document)
    {
        try
        {
            Check(schema, document);
            return _errors;
        }
        catch (Exception e) when (e is TooCostlyException or InsufficientExecutionStackException)
        {
            return [new("", "$ref", "", Strings.JsonSchemaRule("cost", JsonSchema.MostSteps))];
        }
        catch (InvalidOperationException)
        {
            // The reader decodes a text only when it is asked for.
            return [new("", "type", "", Strings.JsonSchemaRule("unicode"))];
        }
    }

    private bool Check(SchemaNode schema, JsonElement value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Spend(1);
        if (schema.Reference is { } target)
        {
            return Check(target, value);
        }

        if (schema.Constant is { } always)
        {
            return always || Fail(schema, null, "false");
        }

        var ok = CheckAnyType(schema, value);
        ok &= value.ValueKind switch
        {
            JsonValueKind.Number => CheckNumber(schema, JsonNumber.Parse(value.GetRawText())),
            JsonValueKind.String => CheckString(schema, value.GetString()!),
            JsonValueKind.Array => CheckArray(schema, value),
            JsonValueKind.Object => CheckObject(schema, value),
            _ => true,
        };
        return CheckCombined(schema, value) && ok;
    }

    private bool CheckAnyType(SchemaNode schema, JsonElement value)
    {
        var ok = schema.Types == JsonTypes.None || (schema.Types & TypesOf(value)) != 0 || Fail(schema, "type", "type", Describe(schema.Types));
        if (schema.Enum is { } listed)
        {
            Spend(listed.Length);
            ok &= Array.Exists(listed, e => JsonElement.DeepEquals(e, value)) || Fail(schema, "enum", "enum", listed.Length);
        }

        return (schema.Const is not { } only || JsonElement.DeepEquals(only, value) || Fail(schema, "const", "const")) && ok;
    }

    private bool CheckNumber(SchemaNode schema, JsonNumber number)
    {
        var ok = schema.MultipleOf is not { } step || number.IsMultipleOf(step.Value) || Fail(schema, "multipleOf", "multipleOf", step.Text);
        ok &= schema.Maximum is not { } most || number.CompareTo(most.Value) <= 0 || Fail(schema, "maximum", "maximum", most.Text);
        ok &= schema.ExclusiveMaximum is not { } above || number.CompareTo(above.Value) < 0 || Fail(schema, "exclusiveMaximum", "exclusiveMaximum", above.Text);
        ok &= schema.Minimum is not { } least || number.CompareTo(least.Value) >= 0 || Fail(schema, "minimum", "minimum", least.Text);
        return (schema.ExclusiveMinimum is not { } below || number.CompareTo(below.Value) > 0 || Fail(schema, "exclusiveMinimum", "exclusiveMinimum", below.Text)) && ok;
    }

    private bool CheckString(SchemaNode schema, string text)
    {
        var ok = true;
        if (schema.MaxLength is not null || schema.MinLength is not null)
        {
            // Characters, not the halves of surrogate pairs (6.3.1).
            var length = text.Length - text.Count(char.IsLowSurrogate);
            ok &= schema.MaxLength is not { } most || length <= most || Fail(schema, "maxLength", "maxLength", most);
            ok &= schema.MinLength is not { } least || length >= least || Fail(schema, "minLength", "minLength", least);
        }

        ok &= schema.Pattern is not { } pattern || pattern.IsMatch(text) || Fail(schema, "pattern", "pattern", pattern.Text);
        return (schema.Format is not { } format || SchemaFormat.Holds(format, text) || Fail(schema, "format", "format", format)) && ok;
    }

    private bool CheckArray(SchemaNode schema, JsonElement array)
    {
        var count = array.GetArrayLength();
        var ok = schema.MaxItems is not { } most || count <= most || Fail(schema, "maxItems", "maxItems", most);
        ok &= schema.MinItems is not { } least || count >= least || Fail(schema, "minItems", "minItems", least);
        if (schema.UniqueItems)
        {
            Spend(count);
            ok &= array.EnumerateArray().Distinct(JsonValueComparer.Instance).Count() == count || Fail(schema, "uniqueItems", "uniqueItems");
        }

        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            var rule = schema.ItemList is not { } list ? schema.Items : index < list.Length ? list[index] : schema.AdditionalItems;
            ok &= rule is null || CheckAt(index.ToString(CultureInfo.InvariantCulture), rule, item);
            index++;
        }

        return (schema.Contains is not { } wanted || array.EnumerateArray().Any(i => Try(wanted, i)) || Fail(schema, "contains", "contains")) && ok;
    }

    private bool CheckObject(SchemaNode schema, JsonElement value)
    {
        var count = value.EnumerateObject().Count();
        var ok = schema.MaxProperties is not { } most || count <= most || Fail(schema, "maxProperties", "maxProperties", most);
        ok &= schema.MinProperties is not { } least || count >= least || Fail(schema, "minProperties", "minProperties", least);
        foreach (var name in schema.Required)
        {
            ok &= value.TryGetProperty(name, out _) || Missing(schema, "required", name, "required");
        }

        foreach (var (name, others) in schema.RequiredWith)
        {
            foreach (var other in value.TryGetProperty(name, out _) ? others : [])
            {
                ok &= value.TryGetProperty(other, out _) || Missing(schema, "dependencies", other, "dependencies", name);
            }
        }

        foreach (var member in value.EnumerateObject())
        {
            ok &= CheckMember(schema, member.Name, member.Value);
        }

        return ok;
    }

    private bool CheckMember(SchemaNode schema, string name, JsonElement value)
    {
        var ok = true;
        var isNamed = schema.Properties.TryGetValue(name, out var own);
        if (isNamed)
        {
            ok &= CheckAt(name, own!, value);
        }

        foreach (var (pattern, rule) in schema.PatternProperties)
        {
            Spend(1);
            if (pattern.IsMatch(name))
            {
                isNamed = true;
                ok &= CheckAt(name, rule, value);
            }
        }

        if (!isNamed && schema.AdditionalProperties is { } others)
        {
            ok &= CheckAt(name, others, value);
        }

        return (schema.PropertyNames is not { } names || CheckAt(name, names, JsonSerializer.SerializeToElement(name))) && ok;
    }

    private bool CheckCombined(SchemaNode schema, JsonElement value)
    {
        var ok = true;
        foreach (var part in schema.AllOf)
        {
            ok &= Check(part, value);
        }

        foreach (var (name, rule) in schema.SchemaWith)
        {
            ok &= value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out _) || Check(rule, value);
        }

        ok &= schema.AnyOf is not { } any || Array.Exists(any, s => Try(s, value)) || Fail(schema, "anyOf", "anyOf", any.Length);
        if (schema.OneOf is { } one)
        {
            var fitting = one.Count(s => Try(s, value));
            ok &= fitting == 1 || Fail(schema, "oneOf", "oneOf", one.Length, fitting);
        }

        ok &= schema.Not is not { } not || !Try(not, value) || Fail(schema, "not", "not");
        if (schema.If is { } condition && (Try(condition, value) ? schema.Then : schema.Else) is { } rest)
        {
            ok &= Check(rest, value);
        }

        return ok;
    }

    private bool CheckAt(string name, SchemaNode schema, JsonElement value)
    {
        _path.Push(name);
        var ok = Check(schema, value);
        _path.Pop();
        return ok;
    }

    /// <summary>Whether the value fits; that it doesn't is no error yet.</summary>
    private bool Try(SchemaNode schema, JsonElement value)
    {
        _tries++;
        var ok = Check(schema, value);
        _tries--;
        return ok;
    }

    private bool Missing(SchemaNode schema, string keyword, string member, string text, params object?[] values)
    {
        _path.Push(member);
        var ok = Fail(schema, keyword, text, values);
        _path.Pop();
        return ok;
    }

    /// <summary>Notes a broken rule; always false. Without a keyword it is the one the schema itself is the value of.</summary>
    private bool Fail(SchemaNode schema, string? keyword, string text, params object?[] values)
    {
        if (_tries == 0 && _errors.Count < JsonSchema.MostErrors)
        {
            var path = _path.Reverse().Aggregate("", JsonPointer.Child);
            var rule = keyword ?? (schema.Keyword.Length > 0 ? schema.Keyword : "false");
            _errors.Add(new JsonSchemaError(path, rule, keyword is null ? schema.Pointer : JsonPointer.Child(schema.Pointer, keyword), Strings.JsonSchemaRule(text, values)));
        }

        return false;
    }

    private void Spend(int steps)
    {
        _steps += steps;
        if (_steps > JsonSchema.MostSteps)
        {
            throw new TooCostlyException();
        }
    }

    private static JsonTypes TypesOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.Object => JsonTypes.Object,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.String => JsonTypes.String,
        _ => JsonNumber.Parse(value.GetRawText()).IsInteger ? JsonTypes.Number | JsonTypes.Integer : JsonTypes.Number,
    };

    private static string Describe(JsonTypes types)
        => string.Join(" or ", Enum.GetValues<JsonTypes>().Where(t => t != JsonTypes.None && types.HasFlag(t)).Select(t => t.ToString().ToLowerInvariant()));

    private sealed class TooCostlyException : Exception;
}
