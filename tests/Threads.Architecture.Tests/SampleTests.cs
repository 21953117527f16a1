namespace Threads.Architecture.Tests;

/// <summary>The programs below samples/, run as a newcomer runs them.</summary>
public class SampleTests
{
    private static readonly string TwoLaptops = Path.Combine(AppContext.BaseDirectory, "TwoLaptops.dll");

    private static readonly string Household = Path.Combine(AppContext.BaseDirectory, "Household.dll");

    private static readonly string Minimal = Path.Combine(AppContext.BaseDirectory, "Minimal.dll");

    [Fact]
    public async Task Minimal_prints_the_note_it_wrote()
    {
        var (exitCode, output) = await ChildProgram.RunAsync(Minimal, "a first note");

        Assert.True(exitCode == 0, output);
        Assert.Contains("a first note", output, StringComparison.Ordinal);
        Assert.Contains("notes.db holds 2 records of thread bafk", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Minimal_is_25_lines() => Assert.InRange(File.ReadAllLines(Repository.At("samples", "Minimal", "Program.cs")).Length, 1, 25);

    [Fact]
    public async Task Two_laptops_end_equal()
    {
        var (exitCode, output) = await ChildProgram.RunAsync(TwoLaptops, "--out", "kept");

        Assert.True(exitCode == 0, output);
        Assert.Contains("Alice and Bob hold the same data", output, StringComparison.Ordinal);
        Assert.Contains("UNIQUE Recipes(Title), 1 rival", output, StringComparison.Ordinal);
        Assert.Contains("Conflicts left: 0", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Two_laptops_end_equal_to_an_imported_database()
    {
        var chinook = Path.Combine(Repository.Root, "..", "shared", "data", "Chinook.sqlite");
        Skip.IfNot(File.Exists(chinook), "shared/data/Chinook.sqlite is not beside the checkout.");

        var (exitCode, output) = await ChildProgram.RunAsync(TwoLaptops, "--import", chinook);

        Assert.True(exitCode == 0, output);
        Assert.Contains("Alice and Bob hold the same data", output, StringComparison.Ordinal);
    }

    // Issue 7: what each sees and may do, and what was refused and why, the same in each run.
    [Fact]
    public async Task A_household_prints_what_each_member_may_do_and_what_was_refused()
    {
        var (exitCode, output) = await ChildProgram.RunAsync(Household);

        Assert.True(exitCode == 0, output);
        Assert.Contains("Ben changes the rent: refused, AccessDenied", output, StringComparison.Ordinal);
        Assert.Contains("finder join: used up", output, StringComparison.Ordinal);
        Assert.Contains("refused, InvitationDamaged", output, StringComparison.Ordinal);
        Assert.Contains("refused, InvitationAddressed", output, StringComparison.Ordinal);
        Assert.Contains("Clara adds an invoice: refused, AccessDenied", output, StringComparison.Ordinal);
        Assert.Contains("phone write shopping 4: expelled", output, StringComparison.Ordinal);
        Assert.Contains("The words 'rent for May' are in its file: no; in Anna's: yes.", output, StringComparison.Ordinal);
        Assert.Contains("Clara  invoice: rent for May, power, internet, doctor, plumber [reads]   shopping: no table [nothing]", output, StringComparison.Ordinal);
        Assert.Contains("phone  invoice: rent for May, power, internet [nothing]", output, StringComparison.Ordinal);
        Assert.Contains("tries a password: refused, PasswordWrong", output, StringComparison.Ordinal);
        Assert.Equal(output, (await ChildProgram.RunAsync(Household)).Output);
    }

    [Fact]
    public async Task An_option_that_is_none_is_explained()
    {
        var (exitCode, output) = await ChildProgram.RunAsync(TwoLaptops, "--inport", "x");

        Assert.Equal(2, exitCode);
        Assert.Contains("'--inport' is not an option", output, StringComparison.Ordinal);
    }
}
