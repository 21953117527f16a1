using System.Data.Common;

namespace Threads.Benchmarks;

/// <summary>Rows 1 and 2: what reading costs where nothing is written.</summary>
internal static class Reads
{
    private const string ByKey = "SELECT id, title, body, number, stamp FROM notes WHERE id = $id";

    public static IEnumerable<Line> Run(Bench bench)
    {
        var (count, reads) = (bench.Scaled(20_000), bench.Scaled(20_000));
        var (ours, theirs) = bench.Filled(count, 1_000);
        using (ours)
        using (theirs)
        {
            var (a, b) = bench.Alternate(() => Timed.Run(() => Prepared(ours, count, reads)), () => Timed.Run(() => Prepared(theirs, count, reads)));
            yield return Line.Of("read by key, one prepared command", a, b, reads, 1.05);

            (a, b) = bench.Alternate(() => Timed.Run(() => Fresh(ours, count, reads / 4)), () => Timed.Run(() => Fresh(theirs, count, reads / 4)));
            yield return Line.Of("read by key, a new command each", a, b, reads / 4, 1.05);

            (a, b) = bench.Alternate(() => Timed.Run(() => Scan(ours, 5)), () => Timed.Run(() => Scan(theirs, 5)));
            yield return Line.Of("scan, a row", a, b, count * 5, 1.05);
        }
    }

    private static void Prepared(DbConnection connection, int count, int reads)
    {
        using var command = connection.CreateCommand();
        command.CommandText = ByKey;
        var id = command.CreateParameter();
        id.ParameterName = "$id";
        command.Parameters.Add(id);
        for (var i = 0; i < reads; i++)
        {
            id.Value = Bench.Key(i * 31 % count);
            using var reader = command.ExecuteReader();
            if (!reader.Read())
                throw new InvalidOperationException($"Note {i} is gone.");
            Take(reader);
        }
    }

    private static void Fresh(DbConnection connection, int count, int reads)
    {
        for (var i = 0; i < reads; i++)
            Prepared(connection, count, 1);
    }

    private static void Scan(DbConnection connection, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT id, title, body, number, stamp FROM notes";
            using var reader = command.ExecuteReader();
            while (reader.Read())
                Take(reader);
        }
    }

    private static void Take(DbDataReader reader)
    {
        _ = reader.GetString(0);
        _ = reader.GetString(1);
        _ = reader.GetString(2);
        _ = reader.GetInt32(3);
        _ = reader.GetInt64(4);
    }
}
