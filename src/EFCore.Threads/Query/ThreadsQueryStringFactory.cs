using System.Data.Common;
using System.Text;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>What <c>ToQueryString</c> shows: text to paste into the sqlite3 shell, parameters set first.</summary>
internal sealed class ThreadsQueryStringFactory(IRelationalTypeMappingSource types) : IRelationalQueryStringFactory
{
    public string Create(DbCommand command)
    {
        if (command.Parameters.Count == 0)
        {
            return command.CommandText;
        }

        var text = new StringBuilder();
        foreach (DbParameter parameter in command.Parameters)
        {
            text.Append(".param set ").Append(parameter.ParameterName).Append(' ').AppendLine(
                parameter.Value is null or DBNull
                    ? "NULL"
                    : types.FindMapping(parameter.Value.GetType())?.GenerateSqlLiteral(parameter.Value) ?? parameter.Value.ToString());
        }

        return text.AppendLine().Append(command.CommandText).ToString();
    }
}
