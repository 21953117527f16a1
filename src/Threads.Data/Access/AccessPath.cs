using System.Buffers.Text;
using Threads.Data.Events;

namespace Threads.Data.Access;

/// <summary>
/// What a list stands at: the thread (no component), a collection by its name in events, an entity of it by its key, or whatever an application names below. A path lies within another when it begins with
/// all its components (B-BLK-2); components are compared byte by byte, so nothing that looks alike is alike.
/// </summary>
internal readonly struct AccessPath : IEquatable<AccessPath>
{
    public const int MaxComponents = 16;
    public const int MaxComponentChars = 4_096;

    private const char Separator = '\0';
    private readonly string? _text;

    private AccessPath(string text, int depth) => (_text, Depth) = (text, depth);

    public static AccessPath Thread => default;

    public int Depth { get; }

    /// <summary>The components, joined so that no two paths have one text.</summary>
    public string Text => _text ?? "";

    public string[] Components => Depth == 0 ? [] : Text.Split(Separator);

    /// <exception cref="EventFormatException">A component is empty, too long, a dot or two, or holds a control character; or there are too many.</exception>
    public static AccessPath Of(params ReadOnlySpan<string> components)
    {
        PayloadHeader.Expect(components.Length <= MaxComponents, "a path of at most 16 components");
        foreach (var component in components)
        {
            PayloadHeader.Expect(component.Length is > 0 and <= MaxComponentChars && component is not ("." or "..") && !component.AsSpan().ContainsAnyInRange('\0', '\x1F'),
                "components of a path: of 1 to 4,096 characters, no '.' or '..', no control characters");
        }

        return new AccessPath(string.Join(Separator, components), components.Length);
    }

    /// <summary>A collection that has events; whatever it is called.</summary>
    public static AccessPath Collection(string name) => new(name, 1);

    /// <summary>An entity by its key, the CBOR of its one value.</summary>
    public static AccessPath Entity(string collection, ReadOnlySpan<byte> key) => new(collection + Separator + Base64Url.EncodeToString(key), 2);

    /// <summary>Whether this is <paramref name="outer"/> or lies within it.</summary>
    public bool IsWithin(AccessPath outer)
        => outer.Depth == 0 || (Text.StartsWith(outer.Text, StringComparison.Ordinal) && (Text.Length == outer.Text.Length || Text[outer.Text.Length] == Separator));

    /// <summary>The same place, its collection by the name it goes by here.</summary>
    public AccessPath Named(Func<string, string> nameOf)
    {
        if (Depth == 0)
        {
            return this;
        }

        var components = Components;
        components[0] = nameOf(components[0]);
        return new AccessPath(string.Join(Separator, components), Depth);
    }

    public bool Equals(AccessPath other) => Text == other.Text;

    public override bool Equals(object? obj) => obj is AccessPath other && Equals(other);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "/" + string.Join('/', Components);
}
