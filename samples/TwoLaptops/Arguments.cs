using System.Diagnostics.CodeAnalysis;

namespace TwoLaptops;

/// <summary>What was asked for on the command line.</summary>
internal sealed record Arguments(string? Out, string? Import, bool Help)
{
    public const string Usage = """
        dotnet run --project samples/TwoLaptops -c Release [-- OPTIONS]

          --out FOLDER     keep alice.db and bob.db there
          --import FILE    take the rows of this SQLite database instead of the sample's own kitchen
          --help
        """;

    public static bool TryRead(string[] args, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? mistake)
    {
        arguments = new(Out: null, Import: null, Help: false);
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
                case "--import" when File.Exists(value):
                    arguments = arguments with { Import = value };
                    i++;
                    break;
                default:
                    mistake = args[i] switch
                    {
                        "--import" when value is not null => $"There is no file '{value}' to import.",
                        "--out" or "--import" => $"'{args[i]}' wants a value.",
                        _ => $"'{args[i]}' is not an option.",
                    };
                    arguments = null;
                    return false;
            }
        }

        return true;
    }
}
