namespace Threads.Data.Access;

/// <summary>The entries that count, by what they are asked for.</summary>
internal sealed partial class AccessRules
{
    private static readonly List<AccessEntry> None = [];

    private readonly Dictionary<(AccessPath, string), List<AccessEntry>> _grants = [];
    private readonly Dictionary<(AccessPath, string), List<AccessEntry>> _revocations = [];
    private readonly Dictionary<string, List<AccessEntry>> _joins = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<AccessEntry>> _leaves = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<AccessEntry>> _drops = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<AccessEntry>> _expulsions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<AccessEntry>> _closes = new(StringComparer.Ordinal);
    private readonly Dictionary<AccessPath, List<AccessEntry>> _owns = [];
    private readonly Dictionary<AccessPath, List<AccessEntry>> _shares = [];
    private readonly ILookup<string, CapabilityStatement> _chains;
    private readonly HashSet<string> _listedEntities = new(StringComparer.Ordinal);

    private void Take(AccessEntry entry)
    {
        Entries.Add(entry);
        NoteTaking(entry);
        var op = entry.Op;
        switch (op.Kind)
        {
            case AccessOpKind.Grant:
                Add(_grants, (op.Path, op.Principal), entry);
                break;
            case AccessOpKind.Revoke:
                Add(_revocations, (op.Path, op.Principal), entry);
                break;
            case AccessOpKind.Join:
                Add(_joins, op.Member!, entry);
                break;
            case AccessOpKind.Leave:
                Add(_leaves, op.Member!, entry);
                break;
            case AccessOpKind.Drop:
                Add(_drops, op.Principal, entry);
                break;
            case AccessOpKind.Own:
                Add(_owns, op.Path, entry);
                if (op.Path.Depth > 1)
                {
                    _listedEntities.Add(op.Path.Components[0]);
                }

                break;
            case AccessOpKind.Share:
                Add(_shares, op.Path, entry);
                break;
            case AccessOpKind.Expel:
                Add(_expulsions, op.Principal, entry);
                break;
            case AccessOpKind.Invite or AccessOpKind.Withdraw:
                TakeInvitation(entry);
                break;
            case AccessOpKind.Close:
                Add(_closes, op.Heads[0].Log, entry);
                break;
            default:
                TakeKey(entry);
                break;
        }
    }

    private static List<AccessEntry> Of<TKey>(Dictionary<TKey, List<AccessEntry>> lists, TKey key)
        where TKey : notnull
        => lists.TryGetValue(key, out var list) ? list : None;

    private static void Add<TKey>(Dictionary<TKey, List<AccessEntry>> lists, TKey key, AccessEntry entry)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = []);
        }

        list.Add(entry);
    }
}
