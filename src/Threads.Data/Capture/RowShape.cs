using System.Buffers;
using System.Text;
using System.Text.Json;
using Threads.Data.Events;
using Threads.Data.JsonSchemas;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// How a table's row is written as JSON for its schema. A member has the spelling that the schema gives it, whatever the case; a NULL is no member, unless the
/// schema of that member says that it may be null.
/// </summary>
internal sealed class RowShape
{
    private readonly List<Member> _members;
    private readonly ArrayBufferWriter<byte> _buffer = new();

    private RowShape(List<Member> members) => _members = members;

    /// <summary>Null where the table lacks one of the columns: then the rule is for another form of it, before or after a migration. Generated ones are no part of what is written.</summary>
    public static RowShape? TryMake(TableSchema table, IReadOnlyList<JsonSchemaColumn> columns, IReadOnlySet<string> generated, SchemaNode schema)
    {
        var members = new List<Member>();
        foreach (var column in columns)
        {
            var index = Array.FindIndex(table.Columns, c => c.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase));
            if (index < 0 && generated.Contains(column.Name))
            {
                continue;
            }

            if (index < 0)
            {
                return null;
            }

            if (column.Path.Length == 0)
            {
                return new RowShape([new Member("") { Column = index, Kind = column.Kind, Source = column.Name, Schema = schema, Kinds = MemberKinds.Of(column.Members) }]);
            }

            Add(members, JsonPointer.Parts(column.Path), schema, column, index);
        }

        return new RowShape(members);
    }

    /// <summary>The row as JSON; <paramref name="column"/> says where in <paramref name="row"/> a column of the table stands.</summary>
    /// <exception cref="JsonException">A column that is to be JSON is none; the message is its name.</exception>
    public JsonDocument Write(SqliteStatement row, Func<int, int> column)
    {
        _buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_buffer))
        {
            if (_members is [{ Name: "" } whole])
            {
                WriteValue(writer, whole, SqlValue.Column(row, column(whole.Column)));
            }
            else
            {
                writer.WriteStartObject();
                WriteMembers(writer, _members, row, column);
                writer.WriteEndObject();
            }
        }

        return JsonDocument.Parse(_buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = JsonSchema.DeepestJson });
    }

    private static void Add(List<Member> members, ReadOnlySpan<string> path, SchemaNode? schema, JsonSchemaColumn column, int index)
    {
        schema = JsonCopy.Follow(schema);
        var name = JsonCopy.Spelling(schema, path[0]);
        var rule = schema?.Properties.GetValueOrDefault(name);
        if (path.Length > 1)
        {
            var inner = members.Find(m => m.Name == name && m.Inner is not null);
            if (inner is null)
            {
                members.Add(inner = new Member(name) { Inner = [] });
            }

            Add(inner.Inner!, path[1..], rule, column, index);
        }
        else if (!column.OnlyWhenNamed || rule is not null || schema?.Required.Contains(name) == true)
        {
            members.Add(new Member(name)
            {
                Column = index, Kind = column.Kind, Source = column.Name, NullIsMember = rule is not null && AllowsNull(rule), Schema = rule, Kinds = MemberKinds.Of(column.Members),
            });
        }
    }

    /// <summary>It says something of what types there are, and null is among them.</summary>
    private static bool AllowsNull(SchemaNode rule)
        => JsonCopy.Follow(rule) is { Constant: null } s && (s.Types != JsonTypes.None || s.Enum is not null || s.Const is not null || s.AnyOf is not null || s.OneOf is not null || s.AllOf.Length > 0)
            && new SchemaEvaluation().Run(s, JsonSerializer.SerializeToElement<object?>(null)).Count == 0;

    private static bool WriteMembers(Utf8JsonWriter writer, List<Member> members, SqliteStatement row, Func<int, int> column)
    {
        var any = false;
        foreach (var member in members)
        {
            if (member.Inner is { } inner)
            {
                // An object of columns that are all NULL is none.
                if (HasValue(inner, row, column))
                {
                    any = true;
                    writer.WriteStartObject(member.Name);
                    WriteMembers(writer, inner, row, column);
                    writer.WriteEndObject();
                }

                continue;
            }

            var value = SqlValue.Column(row, column(member.Column));
            if (!value.IsNull || member.NullIsMember)
            {
                any = true;
                writer.WritePropertyName(member.Name);
                WriteValue(writer, member, value);
            }
        }

        return any;
    }

    private static bool HasValue(List<Member> members, SqliteStatement row, Func<int, int> column)
        => members.Exists(m => m.Inner is { } inner ? HasValue(inner, row, column) : !row.IsNull(column(m.Column)));

    private static void WriteValue(Utf8JsonWriter writer, Member member, in SqlValue value)
    {
        switch (value.Type)
        {
            case SqliteNative.Integer when member.Kind == JsonColumnKind.Boolean && value.Integer is 0 or 1:
                writer.WriteBooleanValue(value.Integer == 1);
                break;
            case SqliteNative.Integer when member.Kind == JsonColumnKind.Unsigned:
                writer.WriteNumberValue((ulong)value.Integer);
                break;
            case SqliteNative.Integer:
                writer.WriteNumberValue(value.Integer);
                break;
            case SqliteNative.Float when double.IsFinite(value.Real):
                writer.WriteNumberValue(value.Real);
                break;
            case SqliteNative.Float:
                writer.WriteRawValue(value.Real > 0 ? "1e999" : "-1e999");
                break;
            case SqliteNative.Text:
                WriteText(writer, member, Encoding.UTF8.GetString(value.Bytes));
                break;
            case SqliteNative.Blob:
                writer.WriteBase64StringValue(value.Bytes);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, Member member, string text)
    {
        switch (member.Kind)
        {
            case JsonColumnKind.Json:
                try
                {
                    using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = JsonSchema.DeepestJson });
                    JsonCopy.Write(writer, json.RootElement, member.Schema, member.Kinds);
                }
                catch (JsonException e)
                {
                    throw new JsonException(member.Source, e);
                }

                break;
            default:
                JsonCopy.WriteText(writer, text, member.Kind);
                break;
        }
    }

    private sealed class Member(string name)
    {
        public string Name { get; } = name;

        public int Column { get; init; }

        public JsonColumnKind Kind { get; init; }

        public string Source { get; init; } = "";

        public bool NullIsMember { get; init; }

        public SchemaNode? Schema { get; init; }

        public MemberKinds? Kinds { get; init; }

        public List<Member>? Inner { get; init; }
    }
}
