namespace Threads.Data;

/// <summary>
/// Dates as SQLite's date functions keep them in REAL columns: days since noon of 24 November 4714 BC (https://www.sqlite.org/lang_datefunc.html),
/// to the millisecond.
/// </summary>
internal static class JulianDay
{
    private const double OfYearOne = 1721425.5;
    private const long MillisecondsPerDay = 86_400_000;

    public static double FromDateTime(DateTime value) =>
        ((long)(OfYearOne * MillisecondsPerDay) + (value.Ticks / TimeSpan.TicksPerMillisecond)) / (double)MillisecondsPerDay;

    public static DateTime ToDateTime(double julianDay)
    {
        var milliseconds = (long)((julianDay * MillisecondsPerDay) + 0.5) - (long)(OfYearOne * MillisecondsPerDay);
        return new DateTime(checked(milliseconds * TimeSpan.TicksPerMillisecond));
    }

    /// <summary>A time of day as the fraction of a day.</summary>
    public static double FromTime(TimeOnly value) => value.Ticks / TimeSpan.TicksPerMillisecond / (double)MillisecondsPerDay;
}
