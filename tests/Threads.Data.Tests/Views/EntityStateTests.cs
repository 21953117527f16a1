using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Views;

namespace Threads.Data.Tests.Views;

public class EntityStateTests
{
    [Fact]
    public void An_entity_that_was_only_created_needs_no_bytes()
    {
        var state = new EntityState();
        state.SetCreated(new Clock(5, 7));
        Assert.True(state.Write(stackalloc byte[64]).IsEmpty);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        Prop.ForAll<long[], bool>((numbers, live) =>
        {
            var clocks = numbers.Select((n, i) => new Clock(Math.Abs(n % long.MaxValue), i + 1)).ToList();
            Clock At(int i) => i < clocks.Count ? clocks[i] : Clock.None;
            var state = new EntityState();
            state.SetCreated(new Clock(9, 9));
            (state.Create, state.Rank, state.Delete, state.IsLive) = (At(0), At(1), At(2), live);
            for (var i = 3; i < clocks.Count; i++)
            {
                state.SetCell(i * 100, clocks[i]);
            }

            var read = new EntityState();
            read.Read(state.Newest, state.Write(stackalloc byte[16]).ToArray());
            return read.Newest == state.Newest && read.Create == state.Create && read.Rank == state.Rank && read.Delete == state.Delete && read.IsLive == state.IsLive
                && read.Cells.SequenceEqual(state.Cells);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_cell_has_the_clock_of_the_create_until_it_has_one_of_its_own()
    {
        var state = new EntityState();
        state.SetCreated(new Clock(5, 7));
        Assert.Equal(new Clock(5, 7), state.CellClock(3));
        state.SetCell(3, new Clock(6, 8));
        state.SetCell(3, new Clock(7, 9));
        Assert.Equal(new Clock(7, 9), state.CellClock(3));
        Assert.Single(state.Cells);
    }
}
