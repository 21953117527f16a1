namespace Threads.Data.Capture;

/// <summary>A trigger that computes a column of what the column holds: SET total = total + NEW.x.</summary>
internal sealed record TriggerAddition(string Trigger, string Table, string Column);

/// <summary>
/// Finds triggers that add to a column. Where the column has no merge kind, two who fire it at the same time lose one of the additions: the later assignment stands (FINDINGS 1a).
/// </summary>
internal static class TriggerAdditions
{
    /// <summary>What a trigger adds to, by its text.</summary>
    public static List<TriggerAddition> Of(TriggerText trigger)
    {
        var found = new List<TriggerAddition>();
        var sql = trigger.Body;
        var statement = new SqlTokens();
        var tokenizer = new SqlTokenizer(sql);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            if (statement.Count == 0 && token.Is(sql, "BEGIN"))
            {
                continue;
            }

            if (token.Kind != SqlTokenKind.Semicolon)
            {
                statement.Add(token);
                continue;
            }

            if (statement.Count > 0 && SqlStatementParser.Parse(sql, statement, sql) is { Kind: SqlStatementKind.Write, Target: { } target })
            {
                found.AddRange(Columns(sql, statement).Distinct(StringComparer.OrdinalIgnoreCase).Select(c => new TriggerAddition(trigger.Name, target, c)));
            }

            statement.Clear();
        }

        return found;
    }

    /// <summary>Columns behind SET whose new value names them and adds or subtracts.</summary>
    private static List<string> Columns(string sql, SqlTokens tokens)
    {
        var found = new List<string>();
        for (var i = tokens.Find(sql, "SET") + 1; i > 0 && i + 1 < tokens.Count;)
        {
            if (!tokens[i].IsName || !IsOperator(tokens[i + 1], '='))
            {
                break;
            }

            var column = tokens[i].Name(sql);
            var (names, adds, depth) = (false, false, 0);
            for (i += 2; i < tokens.Count && !(depth == 0 && (tokens[i].Kind == SqlTokenKind.Comma || tokens[i].Is(sql, "WHERE") || tokens[i].Is(sql, "FROM") || tokens[i].Is(sql, "RETURNING"))); i++)
            {
                depth += tokens[i].Kind == SqlTokenKind.OpenParenthesis ? 1 : tokens[i].Kind == SqlTokenKind.CloseParenthesis ? -1 : 0;
                // NEW.total of another table's row is not this row's.
                var isOther = i > 1 && tokens[i - 1].Kind == SqlTokenKind.Dot && (tokens[i - 2].Is(sql, "NEW") || tokens[i - 2].Is(sql, "OLD"));
                names |= tokens[i].IsName && !isOther && string.Equals(tokens[i].Name(sql), column, StringComparison.OrdinalIgnoreCase);
                adds |= IsOperator(tokens[i], '+') || IsOperator(tokens[i], '-');
            }

            if (names && adds)
            {
                found.Add(column);
            }

            if (i >= tokens.Count || tokens[i].Kind != SqlTokenKind.Comma)
            {
                break;
            }

            i++;
        }

        return found;

        bool IsOperator(SqlToken token, char sign) => token.Kind == SqlTokenKind.Operator && token.End - token.Start == 1 && sql[token.Start] == sign;
    }
}
