namespace Threads.Simulation.Schemas;

/// <summary>Values in SQL, the ones that look alike among them (issue 5, point 1).</summary>
internal static class Values
{
    private static readonly string[] Odd =
    [
        "1", "1.0", "'1'", "x'31'", "-0.0", "0.0", "0", "''", "x''", "9223372036854775807", "9223372036854775807.0", "-9223372036854775808", "1e999", "-1e999", "0.1", "'0.1'", "1e15", "'1e15'", "' 7 '",
        "'a'", "'A'", "'ä'", "CAST(x'FF41' AS TEXT)", "CAST(x'610062' AS TEXT)", "x'6100'", "4503599627370497.5", "'12abc'", "3.0e0", "'+5'", "'0x10'",
    ];

    public static string Any(Chance chance) => chance.Below(5) switch
    {
        0 => "NULL",
        1 => FormattableString.Invariant($"{chance.Below(20)}"),
        2 => $"'{(char)('a' + chance.Below(26))} word{chance.Below(5)}'",
        _ => chance.Pick(Odd),
    };

    /// <summary>For a key column: never NULL.</summary>
    public static string Key(Chance chance) => chance.OneIn(3) ? chance.Pick(Odd) : FormattableString.Invariant($"{chance.Below(4)}");
}
