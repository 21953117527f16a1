using System.Globalization;
using System.Resources;

namespace Threads.Data.Resources;

/// <summary>The texts of Strings.resx. Each room adds its typed members in a part of its own: Strings.Ipld.cs, Strings.Ado.cs …</summary>
internal static partial class Strings
{
    private static readonly ResourceManager Texts = new("Threads.Data.Resources.Strings", typeof(Strings).Assembly);

    private static string Get(string name) =>
        Texts.GetString(name, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException($"Strings.resx has no text named '{name}'.");

    private static string Get(string name, params ReadOnlySpan<object?> values) => string.Format(CultureInfo.InvariantCulture, Get(name), values);
}
