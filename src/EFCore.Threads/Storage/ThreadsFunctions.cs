using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Threads.ValueGeneration;
using SQLitePCL;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>
/// The functions and the collation that translated queries call, registered once on each physical connection: what SQLite's build lacks, under the
/// names newer builds give it, and <c>ef_…</c> for the types SQLite does not have. NULL in gives NULL out. <c>ef_compare</c>, <c>ef_add</c> and the
/// other names EF Core's SQLite provider uses mean the same here, so SQL written for it runs.
/// </summary>
internal static class ThreadsFunctions
{
    private const int Deterministic = raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC;
    private const int NativeUnhex = 3_041_000;
    private static readonly ConditionalWeakTable<sqlite3, object> Known = [];

    private delegate void Scalar(sqlite3_context context, sqlite3_value[] values);

    /// <summary>Registers everything on <paramref name="db"/> unless it has it already.</summary>
    public static void Register(sqlite3 db)
    {
        if (!Known.TryAdd(db, db))
        {
            return;
        }

        if (raw.sqlite3_compileoption_used("ENABLE_MATH_FUNCTIONS") == 0)
        {
            RegisterMath(db);
        }

        if (raw.sqlite3_libversion_number() < NativeUnhex)
        {
            Add(db, "unhex", 1, (c, v) => Result(c, SqlText.Unhex(Text(v[0]), "")));
            Add(db, "unhex", 2, (c, v) => Result(c, SqlText.Unhex(Text(v[0]), Text(v[1]))));
        }

        RegisterDecimal(db);
        RegisterTemporal(db);
        RegisterUnsigned(db);
        Add(db, "regexp", 2, (c, v) => Result(c, Regex.IsMatch(Text(v[1]), Text(v[0])) ? 1L : 0L));
        RegisterJoin(db);
        Add(db, "ef_pad_left", 3, (c, v) => Result(c, Text(v[0]).PadLeft((int)Integer(v[1]), Text(v[2])[0])));
        Add(db, "ef_pad_right", 3, (c, v) => Result(c, Text(v[0]).PadRight((int)Integer(v[1]), Text(v[2])[0])));
        Add(db, "ef_round_even", 1, (c, v) => Result(c, (long)Math.Round(Number(v[0]), MidpointRounding.ToEven)));
        Add(db, "ef_byte_contains", 2, (c, v) => Result(c, raw.sqlite3_value_blob(v[0]).Contains((byte)Integer(v[1])) ? 1L : 0L));
        Add(db, "ef_json_contains", 2, (c, v) => Result(c, JsonContains(Text(v[0]), v[1]) ? 1L : 0L));
        Add(db, "ef_byte_at", 2, (c, v) =>
        {
            var bytes = raw.sqlite3_value_blob(v[0]);
            var index = Integer(v[1]);
            if (index >= 0 && index < bytes.Length)
            {
                Result(c, (long)bytes[(int)index]);
            }
            else
            {
                raw.sqlite3_result_null(c);
            }
        });
        raw.sqlite3_create_function(db, "ef_time_key", 0, raw.SQLITE_UTF8, null, (c, _, _) => Result(c, TimeOrderedKeys.Process.Next()));
        raw.sqlite3_create_function(
            db, "ef_new_guid", 0, raw.SQLITE_UTF8, null, (c, _, _) => Result(c, new Guid(RandomNumberGenerator.GetBytes(16)).ToString().ToUpperInvariant()));
    }

    /// <summary>Whether a JSON array has the value as an item; what is no array has none.</summary>
    private static bool JsonContains(string json, sqlite3_value wanted)
    {
        if (!json.StartsWith('['))
        {
            return false;
        }

        try
        {
            using var array = JsonDocument.Parse(json);
            var isText = raw.sqlite3_value_type(wanted) == raw.SQLITE_TEXT;
            return array.RootElement.EnumerateArray().Any(item => item.ValueKind switch
            {
                JsonValueKind.String => isText && item.ValueEquals(Text(wanted)),
                JsonValueKind.Number => !isText && item.GetDouble() == Number(wanted),
                JsonValueKind.True or JsonValueKind.False => !isText && item.GetBoolean() == (Integer(wanted) != 0),
                _ => false,
            });
        }
        catch (JsonException)
        {
            // A text that looks like one.
            return false;
        }
    }

    private static void RegisterMath(sqlite3 db)
    {
        foreach (var (name, function) in new (string, Func<double, double>)[]
        {
            ("acos", Math.Acos), ("acosh", Math.Acosh), ("asin", Math.Asin), ("asinh", Math.Asinh), ("atan", Math.Atan), ("atanh", Math.Atanh),
            ("cos", Math.Cos), ("cosh", Math.Cosh), ("exp", Math.Exp), ("ln", Math.Log), ("log2", Math.Log2), ("log10", Math.Log10),
            ("log", Math.Log10), ("sin", Math.Sin), ("sinh", Math.Sinh), ("sqrt", Math.Sqrt), ("tan", Math.Tan), ("tanh", Math.Tanh),
            ("degrees", double.RadiansToDegrees), ("radians", double.DegreesToRadians),
        })
        {
            Add(db, name, 1, (c, v) => Result(c, function(Number(v[0]))));
        }

        // Whole numbers stay whole.
        foreach (var (name, function) in new (string, Func<double, double>)[]
        {
            ("ceil", Math.Ceiling), ("ceiling", Math.Ceiling), ("floor", Math.Floor), ("trunc", Math.Truncate),
        })
        {
            Add(db, name, 1, (c, v) =>
            {
                if (raw.sqlite3_value_type(v[0]) == raw.SQLITE_INTEGER)
                {
                    Result(c, Integer(v[0]));
                }
                else
                {
                    Result(c, function(Number(v[0])));
                }
            });
        }

        Add(db, "sign", 1, (c, v) => Result(c, (long)Math.Sign(Number(v[0]))));
        Add(db, "pi", 0, (c, _) => Result(c, Math.PI));
        Add(db, "pow", 2, (c, v) => Result(c, Math.Pow(Number(v[0]), Number(v[1]))));
        Add(db, "power", 2, (c, v) => Result(c, Math.Pow(Number(v[0]), Number(v[1]))));
        Add(db, "atan2", 2, (c, v) => Result(c, Math.Atan2(Number(v[0]), Number(v[1]))));
        Add(db, "log", 2, (c, v) => Result(c, Math.Log(Number(v[1])) / Math.Log(Number(v[0]))));
        Add(db, "mod", 2, (c, v) => Result(c, Number(v[0]) % Number(v[1])));
    }

    private static void RegisterDecimal(sqlite3 db)
    {
        Add(db, "ef_decimal", 1, (c, v) => Result(c, Decimal(v[0])));
        Add(db, "ef_decimal_single", 1, (c, v) => Result(c, (decimal)(float)Number(v[0])));
        Add(db, "ef_compare", 2, (c, v) => Result(c, (long)decimal.Compare(Decimal(v[0]), Decimal(v[1]))));
        Add(db, "ef_negate", 1, (c, v) => Result(c, -Decimal(v[0])));
        Add(db, "ef_add", 2, (c, v) => Result(c, Decimal(v[0]) + Decimal(v[1])));
        Add(db, "ef_subtract", 2, (c, v) => Result(c, Decimal(v[0]) - Decimal(v[1])));
        Add(db, "ef_multiply", 2, (c, v) => Result(c, Decimal(v[0]) * Decimal(v[1])));
        Add(db, "ef_divide", 2, (c, v) => Result(c, Decimal(v[1]) is var divisor && divisor == 0 ? null : Decimal(v[0]) / divisor));
        Add(db, "ef_mod", 2, (c, v) => Result(c, Decimal(v[1]) is var divisor && divisor == 0 ? null : Decimal(v[0]) % divisor));
        Add(db, "ef_decimal_max", -1, (c, v) => Result(c, v.Max(Decimal)));
        Add(db, "ef_decimal_min", -1, (c, v) => Result(c, v.Min(Decimal)));
        Add(db, "ef_decimal_abs", 1, (c, v) => Result(c, Math.Abs(Decimal(v[0]))));
        Add(db, "ef_decimal_ceiling", 1, (c, v) => Result(c, Math.Ceiling(Decimal(v[0]))));
        Add(db, "ef_decimal_floor", 1, (c, v) => Result(c, Math.Floor(Decimal(v[0]))));
        Add(db, "ef_decimal_truncate", 1, (c, v) => Result(c, Math.Truncate(Decimal(v[0]))));
        Add(db, "ef_decimal_round", 1, (c, v) => Result(c, Math.Round(Decimal(v[0]))));
        Add(db, "ef_decimal_round", 2, (c, v) => Result(c, Math.Round(Decimal(v[0]), (int)Integer(v[1]))));
        Add(db, "ef_decimal_sign", 1, (c, v) => Result(c, (long)Math.Sign(Decimal(v[0]))));

        Aggregate(db, "ef_sum", (s, v) => Total.Of(s).Add(Decimal(v)), (c, s) => Result(c, (s as Total)?.Sum));
        Aggregate(db, "ef_avg", (s, v) => Total.Of(s).Add(Decimal(v)), (c, s) => Result(c, s is Total total ? total.Sum / total.Count : null));
        Aggregate(db, "ef_max", (s, v) => s is decimal max ? Math.Max(max, Decimal(v)) : Decimal(v), (c, s) => Result(c, (decimal?)s));
        Aggregate(db, "ef_min", (s, v) => s is decimal min ? Math.Min(min, Decimal(v)) : Decimal(v), (c, s) => Result(c, (decimal?)s));
        raw.sqlite3_create_collation(db, Query.ValueOrder.DecimalCollation, null, (_, x, y) => SqlText.CompareDecimals(x, y));
    }

    private static void RegisterTemporal(sqlite3 db)
    {
        Add(db, "ef_datetime_ticks", 1, (c, v) => Result(c, SqlText.ParseDateTime(Text(v[0])).Ticks));
        Add(db, "ef_datetime", 1, (c, v) => Result(c, SqlText.Format(new DateTime(Integer(v[0])))));
        Add(db, "ef_datetime_add", 3, (c, v) => Result(c, SqlText.Format(SqlText.Shift(SqlText.ParseDateTime(Text(v[0])), Text(v[1]), Number(v[2])))));
        Add(db, "ef_date_add", 3, (c, v) => Result(c, SqlText.FormatDate(SqlText.Shift(SqlText.ParseDateTime(Text(v[0])), Text(v[1]), Number(v[2])))));
        Add(db, "ef_timespan_ticks", 1, (c, v) => Result(c, TimeSpan.Parse(Text(v[0]), CultureInfo.InvariantCulture).Ticks));
        Add(db, "ef_timespan", 1, (c, v) => Result(c, new TimeSpan(Integer(v[0])).ToString("c", CultureInfo.InvariantCulture)));
        Add(db, "ef_instant_ticks", 1, (c, v) => Result(c, SqlText.ParseOffset(Text(v[0])).UtcTicks));
        Add(db, "ef_offset", 2, (c, v) =>
        {
            var instant = new DateTimeOffset(Integer(v[0]), TimeSpan.Zero);
            Result(c, SqlText.Format(Integer(v[1]) == 0 ? instant : instant.ToLocalTime()));
        });
        Add(db, "ef_offset_add", 2, (c, v) => Result(c, SqlText.Format(SqlText.ParseOffset(Text(v[0])).AddTicks(Integer(v[1])))));
        Add(db, "ef_offset_shift", 3, (c, v) =>
        {
            var value = SqlText.ParseOffset(Text(v[0]));
            Result(c, SqlText.Format(new DateTimeOffset(SqlText.Shift(value.DateTime, Text(v[1]), Number(v[2])), value.Offset)));
        });
        Add(db, "ef_instant_max", -1, (c, v) => Result(c, Text(v.MaxBy(i => SqlText.ParseOffset(Text(i)))!)));
        Add(db, "ef_instant_min", -1, (c, v) => Result(c, Text(v.MinBy(i => SqlText.ParseOffset(Text(i)))!)));
        Aggregate(db, "ef_max_instant", (s, v) => SqlText.ParseOffset(Text(v)) is var i && s is DateTimeOffset max && i <= max ? max : i, Instant);
        Aggregate(db, "ef_min_instant", (s, v) => SqlText.ParseOffset(Text(v)) is var i && s is DateTimeOffset min && i >= min ? min : i, Instant);

        static void Instant(sqlite3_context context, object? state) => Result(context, state is DateTimeOffset instant ? SqlText.Format(instant) : null);
    }

    private static void RegisterUnsigned(sqlite3 db)
    {
        // With its highest bit turned around, an unsigned number sorts as a signed one; turned around twice it is itself again.
        Add(db, "ef_ulong_key", 1, (c, v) => Result(c, Integer(v[0]) ^ long.MinValue));
        Add(db, "ef_ulong_text", 1, (c, v) => Result(c, Unsigned(v[0]).ToString(CultureInfo.InvariantCulture)));
        Add(db, "ef_ulong_add", 2, (c, v) => Result(c, unchecked((long)(Unsigned(v[0]) + Unsigned(v[1])))));
        Add(db, "ef_ulong_subtract", 2, (c, v) => Result(c, unchecked((long)(Unsigned(v[0]) - Unsigned(v[1])))));
        Add(db, "ef_ulong_multiply", 2, (c, v) => Result(c, unchecked((long)(Unsigned(v[0]) * Unsigned(v[1])))));
        Add(db, "ef_shift_left", 3, (c, v) => Result(c, SqlText.ShiftLeft(Integer(v[0]), (int)Integer(v[1]), Text(v[2]))));
        Add(db, "ef_shift_right", 3, (c, v) => Result(c, SqlText.ShiftRight(Integer(v[0]), (int)Integer(v[1]), Text(v[2]))));
        Add(db, "ef_ulong_divide", 2, (c, v) => Divide(c, Unsigned(v[0]), Unsigned(v[1]), (x, y) => x / y));
        Add(db, "ef_ulong_mod", 2, (c, v) => Divide(c, Unsigned(v[0]), Unsigned(v[1]), (x, y) => x % y));

        static void Divide(sqlite3_context context, ulong x, ulong y, Func<ulong, ulong, ulong> function)
        {
            if (y == 0)
            {
                raw.sqlite3_result_null(context);
            }
            else
            {
                Result(context, unchecked((long)function(x, y)));
            }
        }
    }

    private static void RegisterJoin(sqlite3 db)
        => raw.sqlite3_create_function(
            db,
            OrderedJoin.Function,
            -1,
            Deterministic,
            null,
            (context, _, values) => ((OrderedJoin)(context.state ??= new OrderedJoin())).Add(values),
            (context, _) => Result(context, context.state?.ToString()));

    private static void Add(sqlite3 db, string name, int arguments, Scalar function)
        => raw.sqlite3_create_function(db, name, arguments, Deterministic, null, (context, _, values) =>
        {
            if (Array.Exists(values, v => raw.sqlite3_value_type(v) == raw.SQLITE_NULL))
            {
                raw.sqlite3_result_null(context);
                return;
            }

            // An exception must not cross SQLite's frames; it becomes the statement's error.
            try
            {
                function(context, values);
            }
            catch (Exception e) when (e is FormatException or ArithmeticException or ArgumentException or IndexOutOfRangeException or RegexMatchTimeoutException)
            {
                raw.sqlite3_result_error(context, $"{name}: {e.Message}");
            }
        });

    // Not generic: over values, the JIT would have to compile it for each of them when a process opens its first connection.
    private static void Aggregate(sqlite3 db, string name, Func<object?, sqlite3_value, object> step, Action<sqlite3_context, object?> result)
        => raw.sqlite3_create_function(
            db,
            name,
            1,
            Deterministic,
            null,
            (context, _, values) =>
            {
                if (raw.sqlite3_value_type(values[0]) == raw.SQLITE_NULL)
                {
                    return;
                }

                try
                {
                    context.state = step(context.state, values[0]);
                }
                catch (Exception e) when (e is FormatException or ArithmeticException)
                {
                    raw.sqlite3_result_error(context, $"{name}: {e.Message}");
                }
            },
            (context, _) => result(context, context.state));

    private sealed class Total
    {
        public decimal Sum { get; private set; }

        public long Count { get; private set; }

        public static Total Of(object? state) => state as Total ?? new Total();

        public Total Add(decimal value)
        {
            Sum += value;
            Count++;
            return this;
        }
    }

    private static string Text(sqlite3_value value) => raw.sqlite3_value_text(value).utf8_to_string();

    private static long Integer(sqlite3_value value) => raw.sqlite3_value_int64(value);

    private static ulong Unsigned(sqlite3_value value) => unchecked((ulong)raw.sqlite3_value_int64(value));

    private static double Number(sqlite3_value value) => raw.sqlite3_value_double(value);

    private static decimal Decimal(sqlite3_value value)
        => raw.sqlite3_value_type(value) switch
        {
            raw.SQLITE_INTEGER => raw.sqlite3_value_int64(value),
            raw.SQLITE_FLOAT => (decimal)raw.sqlite3_value_double(value),
            _ => SqlText.ParseDecimal(Text(value)),
        };

    private static void Result(sqlite3_context context, long value) => raw.sqlite3_result_int64(context, value);

    private static void Result(sqlite3_context context, double value)
    {
        // SQLite has no NaN: it is stored and returned as NULL.
        if (double.IsNaN(value))
        {
            raw.sqlite3_result_null(context);
        }
        else
        {
            raw.sqlite3_result_double(context, value);
        }
    }

    private static void Result(sqlite3_context context, decimal? value) => Result(context, value is null ? null : SqlText.Format(value.Value));

    private static void Result(sqlite3_context context, string? value)
    {
        if (value is null)
        {
            raw.sqlite3_result_null(context);
        }
        else
        {
            raw.sqlite3_result_text(context, value);
        }
    }

    private static void Result(sqlite3_context context, byte[]? value)
    {
        if (value is null)
        {
            raw.sqlite3_result_null(context);
        }
        else if (value.Length == 0)
        {
            // A pointer to nothing would be NULL.
            raw.sqlite3_result_zeroblob(context, 0);
        }
        else
        {
            raw.sqlite3_result_blob(context, value);
        }
    }
}
