using Threads.Data;
using Threads.Simulation.Model;

namespace Threads.Simulation.Schemas;

/// <summary>A column of each kind that merges by operations whose order counts: a text, a list, a set, a document, a smallest value, a function of the user's.</summary>
internal sealed class DocSchema : Schema
{
    static DocSchema() => MergeKind.Custom<string>(CellModel.LongestName, (held, assigned) => CellModel.Longest(held, assigned)!);

    public override string Name => "doc";

    public override IReadOnlyList<string[]> Versions { get; } =
    [
        [
            "CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT, steps TEXT, tags TEXT, data TEXT, least INTEGER, longest TEXT)",
            "SELECT threads_merge('doc', 'body', 'text')",
            "SELECT threads_merge('doc', 'steps', 'list')",
            "SELECT threads_merge('doc', 'tags', 'set')",
            "SELECT threads_merge('doc', 'data', 'json')",
            "SELECT threads_merge('doc', 'least', 'min')",
            $"SELECT threads_merge('doc', 'longest', 'custom:{CellModel.LongestName}')",
        ],
        ["ALTER TABLE doc RENAME COLUMN body TO words", "ALTER TABLE doc ADD COLUMN e DEFAULT 5"],
    ];

    public override IReadOnlyList<TableModel> Tables(int version)
    {
        ColumnModel Merged(string name, Affinity affinity = Affinity.Text) => new(name, affinity) { IsCorrected = true };
        var columns = new List<ColumnModel>
        {
            new("id", Affinity.Integer), Merged(version < 1 ? "body" : "words") with { Canonical = "body" }, Merged("steps"), Merged("tags"), Merged("data"), Merged("least", Affinity.Integer), Merged("longest"),
        };
        if (version >= 1)
        {
            columns.Add(new("e") { Default = Value.Of(5) });
        }

        return TableModel.Link(new TableModel("doc", [.. columns]));
    }

    public override string Statement(Chance chance, int version)
    {
        var id = chance.Between(1, 4);
        var body = version < 1 ? "body" : "words";
        return chance.Below(12) switch
        {
            0 => FormattableString.Invariant($"INSERT OR IGNORE INTO doc(id, {body}, steps, tags, data) VALUES({id}, 'the cat sat', '[1,2,3]', '[\"a\",1]', '{Document}')"),
            1 => FormattableString.Invariant($"INSERT OR REPLACE INTO doc(id, {body}, least, longest) VALUES({id}, 'new {Letters(chance)}', {chance.Below(9)}, '{Letters(chance)}')"),
            2 when chance.OneIn(3) => FormattableString.Invariant($"DELETE FROM doc WHERE id = {id}"),
            2 => FormattableString.Invariant($"UPDATE doc SET least = {(chance.OneIn(5) ? "NULL" : FormattableString.Invariant($"{chance.Between(-9, 9)}"))} WHERE id = {id}"),
            3 => $"UPDATE doc SET longest = {(chance.OneIn(6) ? "NULL" : $"'{Letters(chance)}'")} WHERE id <= {id}",
            4 or 5 or 6 => $"UPDATE doc SET {body} = {Text(chance, body)} WHERE id = {id}",
            7 or 8 => $"UPDATE doc SET steps = {List(chance)} WHERE id = {id} AND CASE WHEN json_valid(steps) THEN json_type(steps) END = 'array'",
            9 => $"UPDATE doc SET tags = {Set(chance)} WHERE id = {id} AND CASE WHEN json_valid(tags) THEN json_type(tags) END = 'array'",
            10 when chance.OneIn(5) => $"UPDATE doc SET {chance.Pick(["steps = '[]'", "tags = '[]'", "steps = NULL", "tags = NULL", $"{body} = NULL", "data = NULL", $"data = '{Document}'", "steps = 'none'", $"{body} = ''"])} WHERE id = {id}",
            _ => $"UPDATE doc SET data = {Json(chance)} WHERE id = {id} AND CASE WHEN json_valid(data) THEN json_type(data) END = 'object'",
        };
    }

    private const string Document = """{"a":1,"o":{"x":1,"y":[1,2]},"items":[{"id":1,"k":1},{"id":2,"k":1}]}""";

    private static string Letters(Chance chance) => new string((char)('a' + chance.Below(26)), 1 + chance.Below(4)) + chance.Pick(["", "ä", "-", "😀"]);

    private static string Text(Chance chance, string body)
    {
        var at = chance.Below(12);
        var letters = Letters(chance);
        return FormattableString.Invariant(chance.Below(6) switch
        {
            0 or 1 or 2 => $"substr({body}, 1, {at}) || '{letters}' || substr({body}, {at + 1})",
            3 => $"substr({body}, 1, {at}) || substr({body}, {at + 1 + chance.Between(1, 4)})",
            4 => $"replace({body}, '{(char)('a' + chance.Below(26))}', '{letters}')",
            _ => $"CASE WHEN length({body}) > 24 THEN substr({body}, 10) ELSE {body} || '{letters}' END",
        });
    }

    private static string List(Chance chance)
    {
        var value = chance.OneIn(3) ? $"json('{{\"id\":{chance.Below(3)},\"v\":{chance.Below(9)}}}')" : FormattableString.Invariant($"{chance.Below(9)}");
        return FormattableString.Invariant(chance.Below(7) switch
        {
            0 or 1 => $"json_insert(steps, '$[#]', {value})",
            2 => $"json_remove(steps, '$[{chance.Below(3)}]')",
            3 => $"json_replace(steps, '$[{chance.Below(3)}]', {value})",
            4 => $"(SELECT json_group_array(value) FROM (SELECT value FROM json_each(steps) WHERE type = 'integer' ORDER BY value))",
            5 => $"(SELECT json_group_array(value) FROM (SELECT value FROM json_each(steps) WHERE type = 'integer' ORDER BY key DESC))",
            _ => $"json_insert(json_remove(steps, '$[0]'), '$[#]', json_extract(steps, '$[0]'), '$[#]', {value})",
        });
    }

    private static string Set(Chance chance) => FormattableString.Invariant(chance.Below(3) switch
    {
        0 => $"json_insert(tags, '$[#]', {chance.Below(5)})",
        1 => $"json_insert(tags, '$[#]', '{(char)('a' + chance.Below(3))}')",
        _ => $"json_remove(tags, '$[{chance.Below(3)}]')",
    });

    private static string Json(Chance chance)
    {
        var number = chance.Below(9);
        var element = chance.Below(4);
        return FormattableString.Invariant(chance.Below(9) switch
        {
            0 => $"json_set(data, '$.a', {number})",
            1 => $"json_set(data, '$.{(char)('a' + chance.Below(3))}', json('{{\"x\":{number}}}'))",
            2 => $"json_set(data, '$.o.x', {number})",
            3 => $"json_remove(data, '$.{chance.Pick(["a", "o", "o.x", "items"])}')",
            4 => $"json_insert(data, '$.items[#]', json('{{\"id\":{chance.Below(5)},\"k\":{number}}}'))",
            5 => $"json_replace(data, '$.items[{element}].k', {number})",
            6 => $"json_remove(data, '$.items[{element}]')",
            7 => $"json_replace(data, '$.items', (SELECT json_group_array(json(value)) FROM (SELECT value FROM json_each(data, '$.items') WHERE type = 'object' ORDER BY key DESC)))",
            _ => $"json_set(data, '$.items', json('[{{\"id\":{element},\"k\":{number}}}]'))",
        });
    }
}
