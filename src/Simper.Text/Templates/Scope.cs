namespace Simper.Text.Templates;

/// <summary>Variables by name; a scope inside sees those outside, and sets its own.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, object?> _variables = new(StringComparer.Ordinal);

    public object? Get(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._variables.TryGetValue(name, out object? value))
                return value;
        }
        return new Undefined(name);
    }

    public void Set(string name, object? value) => _variables[name] = value;

    private Scope? Outer => outer;
}
