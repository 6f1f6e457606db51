namespace Simper.Text.Templates;

/// <summary>Variables by name; an inner scope sees the outer ones', and sets its own.</summary>
/// <param name="outer">The scope around this one.</param>
/// <param name="otherwise">In the outermost scope: creates variables that exist without being set, null for others.</param>
internal sealed class Scope(Scope? outer, Func<string, object?>? otherwise = null)
{
    private const int Most = 8;

    // Most scopes hold one or two names; a dictionary would cost more than all else.
    private readonly List<(string Name, object? Value)> _few = new(2);
    private Dictionary<string, object?>? _many;

    public object? Get(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.TryGet(name, out object? value))
                return value;
        }
        return new Undefined(name);
    }

    public void Set(string name, object? value)
    {
        for (int i = 0; _many is null && i < _few.Count; i++)
        {
            if (_few[i].Name == name)
            {
                _few[i] = (name, value);
                return;
            }
        }
        if (_many is null && _few.Count < Most)
            _few.Add((name, value));
        else
            (_many ??= _few.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal))[name] = value;
    }

    private bool TryGet(string name, out object? value)
    {
        if (_many is not null)
            return _many.TryGetValue(name, out value);
        foreach ((string known, object? its) in _few)
        {
            if (known == name)
            {
                value = its;
                return true;
            }
        }
        value = otherwise?.Invoke(name);
        if (value is null)
            return false;
        Set(name, value); // cached: the same object each time
        return true;
    }

    private Scope? Outer => outer;
}
