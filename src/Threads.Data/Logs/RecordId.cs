namespace Threads.Data.Logs;

/// <summary>The key of a record's row: local number of the log, then position, so that a log lies together and in order.</summary>
internal static class RecordId
{
    public const int PositionBits = 40;
    public const long PositionMask = (1L << PositionBits) - 1;

    public static long Of(long log, long position) => log << PositionBits | position;

    public static long Log(long id) => id >> PositionBits;

    public static long Position(long id) => id & PositionMask;
}
