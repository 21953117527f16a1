using System.Diagnostics.CodeAnalysis;

namespace TwoLaptops;

/// <summary>What was asked for on the command line.</summary>
internal sealed record Arguments(string? Out, bool Help)
{
    public const string Usage = """
        dotnet run --project samples/TwoLaptops -c Release [-- OPTIONS]

          --out FOLDER     keep alice.db and bob.db there
          --help
        """;

    public static bool TryRead(string[] args, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? mistake)
    {
        arguments = new(Out: null, Help: false);
        mistake = null;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--help" or "-h":
                    arguments = arguments with { Help = true };
                    break;
                case "--out" when value is not null:
                    arguments = arguments with { Out = value };
                    i++;
                    break;
                default:
                    mistake = args[i] switch
                    {
                        "--out" => $"'{args[i]}' wants a value.",
                        _ => $"'{args[i]}' is not an option.",
                    };
                    arguments = null;
                    return false;
            }
        }

        return true;
    }
}
