using System.Data;
using System.Data.Common;

namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsDataReaderTests : IDisposable
{
    private readonly ThreadsConnection _connection = new("Data Source=:memory:");

    public ThreadsDataReaderTests() => _connection.Open();

    private enum Color : byte
    {
        Red = 1,
        Blue = 200,
    }

    public void Dispose() => _connection.Dispose();

    private ThreadsDataReader Row(string sql)
    {
        var reader = _connection.Command(sql).ExecuteReader();
        Assert.True(reader.Read());
        return reader;
    }

    private T Get<T>(string expression)
    {
        using var reader = Row("SELECT " + expression);
        return reader.GetFieldValue<T>(0);
    }

    [Fact]
    public void GetFieldValue_reads_every_supported_type()
    {
        Assert.True(Get<bool>("1"));
        Assert.Equal((byte)255, Get<byte>("255"));
        Assert.Equal((sbyte)-1, Get<sbyte>("-1"));
        Assert.Equal((short)-2, Get<short>("-2"));
        Assert.Equal((ushort)65535, Get<ushort>("65535"));
        Assert.Equal(-3, Get<int>("-3"));
        Assert.Equal(4294967295u, Get<uint>("4294967295"));
        Assert.Equal(long.MinValue, Get<long>("-9223372036854775808"));
        Assert.Equal(ulong.MaxValue, Get<ulong>("-1"));
        Assert.Equal(1.5f, Get<float>("1.5"));
        Assert.Equal(0.1, Get<double>("0.1"));
        Assert.Equal(1.0000000000000000000000000001m, Get<decimal>("'1.0000000000000000000000000001'"));
        Assert.Equal(0.00001m, Get<decimal>("'1E-5'"));
        Assert.Equal('x', Get<char>("'x'"));
        Assert.Equal('A', Get<char>("65"));
        Assert.Equal("text", Get<string>("'text'"));
        Assert.Equal([1, 2], Get<byte[]>("x'0102'"));
        Assert.Equal(Color.Blue, Get<Color>("200"));
        Assert.Equal(DBNull.Value, Get<DBNull>("NULL"));
        Assert.Equal(5L, Get<object>("5"));
    }

    [Fact]
    public void GetFieldValue_reads_nullable_types()
    {
        Assert.Equal(5, Get<int?>("5"));
        Assert.Null(Get<int?>("NULL"));
        Assert.Equal(Color.Red, Get<Color?>("1"));
        Assert.Null(Get<Color?>("NULL"));
        Assert.Equal(new DateOnly(2024, 2, 29), Get<DateOnly?>("'2024-02-29'"));
        Assert.Null(Get<Guid?>("NULL"));
    }

    [Fact]
    public void GetFieldValue_reads_dates_and_times_from_text_and_numbers()
    {
        var moment = new DateTime(2024, 2, 29, 13, 14, 15, 160);
        Assert.Equal(moment, Get<DateTime>("'2024-02-29 13:14:15.16'"));
        Assert.Equal(moment, Get<DateTime>("julianday('2024-02-29 13:14:15.160')"));
        Assert.Equal(DateTimeKind.Utc, Get<DateTime>("'2024-02-29T13:14:15+02:00'").Kind);
        Assert.Equal(new DateTime(2024, 2, 29, 11, 14, 15), Get<DateTime>("'2024-02-29T13:14:15+02:00'"));
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 13, 14, 15, TimeSpan.FromHours(2)), Get<DateTimeOffset>("'2024-02-29 13:14:15+02:00'"));
        Assert.Equal(TimeSpan.Zero, Get<DateTimeOffset>("'2024-02-29 13:14:15'").Offset);
        Assert.Equal(new DateTimeOffset(moment, TimeSpan.Zero), Get<DateTimeOffset>("julianday('2024-02-29 13:14:15.160')"));
        Assert.Equal(new DateOnly(2024, 2, 29), Get<DateOnly>("'2024-02-29'"));
        Assert.Equal(new DateOnly(2024, 2, 29), Get<DateOnly>("julianday('2024-02-29')"));
        Assert.Equal(new TimeOnly(13, 14, 15, 16), Get<TimeOnly>("'13:14:15.0160000'"));
        Assert.Equal(new TimeOnly(12, 0), Get<TimeOnly>("0.5"));
        Assert.Equal(new TimeSpan(1, 2, 3, 4, 5), Get<TimeSpan>("'1.02:03:04.0050000'"));
        Assert.Equal(TimeSpan.FromHours(36), Get<TimeSpan>("1.5"));
    }

    [Fact]
    public void GetGuid_reads_text_and_bytes()
    {
        var id = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
        Assert.Equal(id, Get<Guid>("'0F8FAD5B-D9CB-469F-A165-70867728950E'"));
        Assert.Equal(id, Get<Guid>($"x'{Convert.ToHexString(id.ToByteArray())}'"));
        Assert.Equal(id, Get<Guid>($"CAST('{id}' AS BLOB)"));
    }

    [Fact]
    public void Null_in_a_type_that_has_none_names_the_column()
    {
        using var reader = Row("SELECT 1, NULL");
        Assert.True(reader.IsDBNull(1));
        Assert.False(reader.IsDBNull(0));
        foreach (var read in new Func<object>[]
        {
            () => reader.GetInt64(1), () => reader.GetDouble(1), () => reader.GetString(1), () => reader.GetFieldValue<int>(1), () => reader.GetFieldValue<string>(1),
            () => reader.GetFieldValue<byte[]>(1), () => reader.GetGuid(1), () => reader.GetDateTime(1), () => reader.GetBytes(1, 0, null, 0, 0),
        })
            Assert.Contains("column 1", Assert.Throws<InvalidOperationException>(read).Message, StringComparison.Ordinal);
        Assert.Equal(DBNull.Value, reader.GetValue(1));
    }

    [Fact]
    public void Zero_is_not_null()
    {
        using var reader = Row("SELECT 0, 0.0, ''");
        Assert.Equal(0, reader.GetInt64(0));
        Assert.Equal(0.0, reader.GetDouble(1));
        Assert.Equal("", reader.GetString(2));
    }

    [Fact]
    public void A_column_that_is_not_there_is_out_of_range()
    {
        using var reader = Row("SELECT 1");
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetValue(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetInt64(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetName(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetOrdinal("nowhere"));
    }

    [Fact]
    public void Values_too_large_for_their_type_overflow()
    {
        Assert.Throws<OverflowException>(() => Get<int>("2147483648"));
        Assert.Throws<OverflowException>(() => Get<byte>("-1"));
        Assert.Throws<OverflowException>(() => Get<Color>("256"));
    }

    [Fact]
    public void Text_keeps_NUL_and_every_character()
    {
        Assert.Equal("a\0b", Get<string>("'a' || char(0) || 'b'"));
        Assert.Equal("größe 表 😀", _connection.Scalar("SELECT @t", ("@t", "größe 表 😀")));
        var longText = new string('ß', 10_000) + "\0" + new string('表', 10_000);
        Assert.Equal(longText, _connection.Scalar("SELECT @t", ("@t", longText)));
    }

    [Fact]
    public void Reading_before_Read_or_after_the_end_says_there_is_no_row()
    {
        using var reader = _connection.Command("SELECT 1").ExecuteReader();
        Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
        Assert.True(reader.Read());
        Assert.Equal(1, reader.GetInt32(0));
        Assert.False(reader.Read());
        Assert.False(reader.Read());
        Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
    }

    [Fact]
    public void A_closed_reader_refuses_everything()
    {
        var reader = Row("SELECT 1");
        reader.Close();
        reader.Close();
        Assert.True(reader.IsClosed);
        Assert.Throws<InvalidOperationException>(() => reader.Read());
        Assert.Throws<InvalidOperationException>(() => reader.NextResult());
        Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
        Assert.Throws<InvalidOperationException>(() => reader.FieldCount);
        Assert.Throws<InvalidOperationException>(() => reader.GetName(0));
    }

    [Fact]
    public void NextResult_runs_statements_as_it_reaches_them()
    {
        using var reader = _connection.Command("CREATE TABLE t (a PRIMARY KEY); INSERT INTO t VALUES (1); SELECT a FROM t; INSERT INTO t VALUES (2); SELECT count(*) FROM t; DELETE FROM t")
            .ExecuteReader();
        Assert.True(reader.HasRows);
        Assert.True(reader.Read());
        Assert.Equal(1, reader.RecordsAffected);
        Assert.True(reader.NextResult());
        Assert.Equal("count(*)", reader.GetName(0));
        Assert.True(reader.Read());
        Assert.Equal(2, reader.GetInt32(0));
        Assert.False(reader.NextResult());
        Assert.Equal(4, reader.RecordsAffected);
        Assert.False(reader.HasRows);
    }

    [Fact]
    public void Closing_runs_the_statements_not_reached_yet()
    {
        using (_connection.Command("SELECT 1; CREATE TABLE later (a PRIMARY KEY)").ExecuteReader())
        {
        }
        Assert.Equal(0L, _connection.Scalar("SELECT count(*) FROM later"));
    }

    [Fact]
    public void An_error_in_a_later_statement_shows_when_it_is_reached()
    {
        var reader = Row("SELECT 1; SELECT * FROM nowhere");
        Assert.Equal("SQLite Error 1: 'no such table: nowhere'.", Assert.Throws<ThreadsException>(() => reader.NextResult()).Message);
        Assert.True(reader.IsClosed);
        Assert.Throws<ThreadsException>(() => Row("SELECT 1; rubbish").Close());
    }

    [Fact]
    public void Columns_are_found_exactly_then_in_any_case()
    {
        using var reader = Row("SELECT 1 AS a, 2 AS A, 3 AS Beta");
        Assert.Equal(0, reader.GetOrdinal("a"));
        Assert.Equal(1, reader.GetOrdinal("A"));
        Assert.Equal(2, reader.GetOrdinal("BETA"));
        Assert.Equal(3L, reader["beta"]);
        using var ambiguous = Row("SELECT 1 AS beta, 2 AS Beta");
        Assert.Throws<InvalidOperationException>(() => ambiguous.GetOrdinal("BETA"));
    }

    [Fact]
    public void Types_are_those_of_the_values_or_of_the_declaration()
    {
        _connection.Run("CREATE TABLE t (i INTEGER PRIMARY KEY, r DOUBLE, t VARCHAR(10), b BLOB, n NUMERIC, x)");
        using (var empty = _connection.Command("SELECT * FROM t").ExecuteReader())
        {
            Assert.Equal([typeof(long), typeof(double), typeof(string), typeof(byte[]), typeof(string), typeof(byte[])], Enumerable.Range(0, 6).Select(empty.GetFieldType));
            Assert.Equal(["INTEGER", "DOUBLE", "VARCHAR", "BLOB", "NUMERIC", ""], Enumerable.Range(0, 6).Select(i => i == 5 ? "" : empty.GetDataTypeName(i)));
        }
        using var reader = Row("SELECT 1, 2.5, 'a', x'00', NULL");
        Assert.Equal([typeof(long), typeof(double), typeof(string), typeof(byte[]), typeof(byte[])], Enumerable.Range(0, 5).Select(reader.GetFieldType));
        Assert.Equal(["INTEGER", "REAL", "TEXT", "BLOB", "BLOB"], Enumerable.Range(0, 5).Select(reader.GetDataTypeName));
    }

    [Fact]
    public void A_null_keeps_the_type_of_an_earlier_row()
    {
        using var reader = Row("SELECT 1 UNION ALL SELECT NULL");
        Assert.Equal(typeof(long), reader.GetFieldType(0));
        reader.Read();
        Assert.Equal(typeof(long), reader.GetFieldType(0));
    }

    [Fact]
    public void GetBytes_and_GetChars_give_parts()
    {
        using var reader = Row("SELECT x'0102030405', 'abcde'");
        Assert.Equal(5, reader.GetBytes(0, 0, null, 0, 0));
        var bytes = new byte[4];
        Assert.Equal(2, reader.GetBytes(0, 3, bytes, 1, 4 - 1));
        Assert.Equal([0, 4, 5, 0], bytes);
        Assert.Equal(0, reader.GetBytes(0, 9, bytes, 0, 4));
        var chars = new char[3];
        Assert.Equal(5, reader.GetChars(1, 0, null, 0, 0));
        Assert.Equal(3, reader.GetChars(1, 1, chars, 0, 3));
        Assert.Equal("bcd", new string(chars));
    }

    [Fact]
    public void Streams_and_text_readers_give_the_whole_value()
    {
        using var reader = Row("SELECT x'010203', 'text', NULL");
        using var stream = reader.GetStream(0);
        Assert.Equal(3, stream.Length);
        Assert.Equal("text", reader.GetTextReader(1).ReadToEnd());
        Assert.Equal("", reader.GetTextReader(2).ReadToEnd());
        Assert.Equal("text", reader.GetFieldValue<TextReader>(1).ReadToEnd());
        Assert.Equal(1, reader.GetFieldValue<Stream>(0).ReadByte());
    }

    [Fact]
    public void GetValues_fills_what_fits()
    {
        using var reader = Row("SELECT 1, 'a', NULL");
        var values = new object[2];
        Assert.Equal(2, reader.GetValues(values));
        Assert.Equal([1L, "a"], values);
    }

    [Fact]
    public void The_schema_table_tells_of_keys_and_origins()
    {
        _connection.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note)");
        using var reader = _connection.Command("SELECT id, name AS title, note, 1 + 1 FROM t").ExecuteReader();
        var rows = reader.GetSchemaTable()!.Rows.Cast<DataRow>().ToArray();
        Assert.Equal(["id", "title", "note", "1 + 1"], rows.Select(r => (string)r[SchemaTableColumn.ColumnName]));
        Assert.Equal([true, false, false], rows.Take(3).Select(r => (bool)r[SchemaTableColumn.IsKey]));
        Assert.Equal("name", rows[1][SchemaTableColumn.BaseColumnName]);
        Assert.Equal("t", rows[1][SchemaTableColumn.BaseTableName]);
        Assert.Equal([false, true, false, true], rows.Select(r => (bool)r[SchemaTableColumn.IsAliased]));
        Assert.Equal([false, false, false, true], rows.Select(r => (bool)r[SchemaTableColumn.IsExpression]));
        Assert.Equal([false, true], new[] { rows[1], rows[2] }.Select(r => (bool)r[SchemaTableColumn.AllowDBNull]));
        Assert.Equal([true, false], new[] { rows[1], rows[2] }.Select(r => (bool)r[SchemaTableColumn.IsUnique]));
        Assert.Equal(typeof(string), rows[1][SchemaTableColumn.DataType]);
    }

    [Theory]
    [InlineData("(1, NULL), (2, 'A'), (3, 'B')", typeof(string))]
    [InlineData("(1, 'Z'), (2, 1), (3, 2)", typeof(long))]
    [InlineData("(1, NULL)", typeof(byte[]))]
    public void The_schema_table_has_the_type_most_values_have(string values, Type expected)
    {
        _connection.Run($"CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES {values}");
        using var reader = _connection.Command("SELECT a FROM t").ExecuteReader();
        Assert.Equal(expected, reader.GetSchemaTable().Rows[0][SchemaTableColumn.DataType]);
    }

    [Theory]
    [InlineData("SELECT * FROM pragma_table_info('t')")]
    [InlineData("SELECT * FROM json_each('[1]')")]
    [InlineData("SELECT * FROM v")]
    public void The_schema_table_works_for_what_is_no_table(string sql)
    {
        _connection.Run("CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT id, 1 AS one FROM t");
        using var reader = _connection.Command(sql).ExecuteReader();
        Assert.Equal(reader.FieldCount, reader.GetSchemaTable().Rows.Count);
    }

    [Fact]
    public void CloseConnection_closes_it_with_the_reader()
    {
        var connection = new ThreadsConnection("Data Source=:memory:");
        connection.Open();
        connection.Command("SELECT 1").ExecuteReader(CommandBehavior.CloseConnection).Close();
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Fact]
    public void A_data_table_loads_from_it()
    {
        using var table = new DataTable();
        using (var reader = _connection.Command("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL").ExecuteReader()) table.Load(reader);
        Assert.Equal(2, table.Rows.Count);
        Assert.Equal(DBNull.Value, table.Rows[1]["b"]);
    }

    [Fact]
    public void It_enumerates_as_records()
    {
        using var reader = _connection.Command("SELECT 1 UNION ALL SELECT 2").ExecuteReader();
        Assert.Equal([1L, 2L], reader.Cast<IDataRecord>().Select(r => r.GetInt64(0)));
    }

    [Fact]
    public void Returning_reports_a_foreign_key_violation_although_only_its_first_row_was_read()
    {
        _connection.Command("CREATE TABLE parent(id INTEGER PRIMARY KEY); CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent(id))").ExecuteNonQuery();

        var reader = Row("INSERT INTO child(parent) VALUES(7) RETURNING id");
        var error = Assert.Throws<ThreadsException>(() => reader.NextResult());

        Assert.Equal(19, error.SqliteErrorCode);
        Assert.Equal(0L, _connection.Command("SELECT count(*) FROM child").ExecuteScalar());
    }
}
