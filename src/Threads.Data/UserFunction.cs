using Microsoft.Data.Sqlite;

namespace Threads.Data;

/// <summary>A function, aggregate or collation of the user's. Two are equal when SQLite would call the same code with the same state.</summary>
internal sealed record UserFunction(Delegate? Function, object? State, Delegate? Selector, bool IsDeterministic, Action<SqliteConnection> Apply)
{
    public bool Equals(UserFunction? other) => other is not null
        && Equals(Function, other.Function) && Equals(State, other.State) && Equals(Selector, other.Selector) && IsDeterministic == other.IsDeterministic;

    public override int GetHashCode() => HashCode.Combine(Function, State, Selector, IsDeterministic);
}
