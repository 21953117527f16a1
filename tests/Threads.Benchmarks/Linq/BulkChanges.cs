using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace Threads.Benchmarks.Linq;

/// <summary>ExecuteUpdate and ExecuteDelete of 10,000 of 20,000 rows, against the same SQL through Microsoft.Data.Sqlite: EF Core 6 has neither.</summary>
internal static class BulkChanges
{
    public static IEnumerable<Line> Run(Bench bench)
    {
        var rows = bench.Scaled(20_000);
        var half = 1_700_000_000_000L + rows / 2;
        var (ours, theirs) = bench.Filled(rows, 1_000);
        using (theirs)
        {
            using var db = new NotesContext(ours.DataSource, "Pooling=False;Synchronous=Normal");
            ours.Dispose();
            db.Database.OpenConnection();
            var (mine, others) = (1_000, 1_000);
            var (a, b) = bench.Alternate(
                () => Timed.Run(() => Expect(rows / 2, db.Notes.Where(n => n.Stamp < half).ExecuteUpdate(set => set.SetProperty(n => n.Number, ++mine)))),
                () => Timed.Run(() => Expect(rows / 2, Execute(theirs, "UPDATE notes SET number = $p WHERE stamp < $half", ++others, half))));
            yield return Line.Of($"ExecuteUpdate of {Line.Text($"{rows / 2:#,0}")} rows, a row", a, b, rows / 2, 5);
        }
    }

    private static int Execute(DbConnection connection, string sql, long value, long half)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, bound) in new[] { ("$p", value), ("$half", half) })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, bound);
            command.Parameters.Add(parameter);
        }

        return command.ExecuteNonQuery();
    }

    private static void Expect(int expected, int count)
    {
        if (count != expected)
            throw new InvalidOperationException($"{count} rows were changed, not {expected}.");
    }
}
