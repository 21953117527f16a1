namespace Threads.Data.JsonSchemas;

/// <summary>The names that $id gives to schemas of a document (8.2), and what a $ref means by them.</summary>
internal sealed class SchemaReferences
{
    /// <summary>What relative references of a document without $id start from.</summary>
    public static readonly Uri Unnamed = new("schema:/document");

    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Uri> _bases = new(StringComparer.Ordinal);

    public void Begin()
    {
        _places[Unnamed.ToString()] = "";
        _bases[""] = Unnamed;
    }

    /// <summary>Takes the $id of the schema at a place; what references in it start from, or null where it is no URI.</summary>
    public Uri? Enter(string id, Uri @base, string pointer)
    {
        if (Split(id, @base) is not var (document, fragment) || fragment.StartsWith('/'))
        {
            return null;
        }

        if (fragment.Length > 0)
        {
            _places[$"{document}#{fragment}"] = pointer;
        }

        if (id.StartsWith('#'))
        {
            return @base;
        }

        _places[document] = pointer;
        return _bases[pointer] = new Uri(document);
    }

    /// <summary>The place a reference means, or null.</summary>
    public string? Find(string reference, Uri @base)
    {
        if (Split(reference, @base) is not var (document, fragment))
        {
            return null;
        }

        if (fragment.Length > 0 && !fragment.StartsWith('/'))
        {
            return _places.GetValueOrDefault($"{document}#{fragment}");
        }

        return _places.TryGetValue(document, out var place) ? place + Uri.UnescapeDataString(fragment) : null;
    }

    /// <summary>What references at a place start from: the nearest $id above.</summary>
    public Uri BaseOf(string pointer)
    {
        for (; ; pointer = pointer[..pointer.LastIndexOf('/')])
        {
            if (_bases.TryGetValue(pointer, out var found))
            {
                return found;
            }
        }
    }

    private static (string Document, string Fragment)? Split(string reference, Uri @base)
    {
        var hash = reference.IndexOf('#', StringComparison.Ordinal);
        var (path, fragment) = hash < 0 ? (reference, "") : (reference[..hash], reference[(hash + 1)..]);
        if (path.Length == 0)
        {
            return (@base.ToString(), fragment);
        }

        return Uri.TryCreate(@base, path, out var absolute) ? (absolute.ToString(), fragment) : null;
    }
}
