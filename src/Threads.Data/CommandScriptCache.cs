namespace Threads.Data;

/// <summary>The texts a connection ran lately, oldest out first, so that the next command with the same text compiles nothing.</summary>
internal sealed class CommandScriptCache
{
    /// <summary>Statements, not texts: a batch of forty inserts weighs forty.</summary>
    private const int Capacity = 256;

    /// <summary>A migration script runs once; keeping it would only push the others out.</summary>
    private const int LongestScript = 64;

    private readonly Dictionary<string, LinkedListNode<CommandScript>> _byText = new(StringComparer.Ordinal);
    private readonly LinkedList<CommandScript> _byUse = new();
    private int _count;

    public CommandScript Get(string text)
    {
        if (_byText.TryGetValue(text, out var node))
        {
            if (!ReferenceEquals(_byUse.First, node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }
            return node.Value;
        }
        var script = new CommandScript(text);
        if (script.Statements.Length <= LongestScript) Add(script);
        else script.Drop();
        return script;
    }

    public void Clear()
    {
        foreach (var script in _byUse) script.Drop();
        _byText.Clear();
        _byUse.Clear();
        _count = 0;
    }

    private void Add(CommandScript script)
    {
        _byText.Add(script.Text, _byUse.AddFirst(script));
        _count += Math.Max(1, script.Statements.Length);
        while (_count > Capacity)
        {
            var oldest = _byUse.Last!.Value;
            _byUse.RemoveLast();
            _byText.Remove(oldest.Text);
            _count -= Math.Max(1, oldest.Statements.Length);
            oldest.Drop();
        }
    }
}
