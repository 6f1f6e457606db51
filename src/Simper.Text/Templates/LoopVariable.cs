using System.Diagnostics.CodeAnalysis;

namespace Simper.Text.Templates;

/// <summary>
/// The variable <c>loop</c> of a for loop, before all of it is needed: an iteration usually needs one of its members or none.
/// Only scopes hold it; a template sees a map.
/// </summary>
/// <param name="items">All items of the loop.</param>
/// <param name="i">The current index.</param>
/// <param name="depth">1 for the outermost of a recursive loop.</param>
/// <param name="changed">The last argument of <c>loop.changed</c>; shared by the iterations.</param>
internal sealed class LoopVariable(IReadOnlyList<object?> items, int i, int depth, List<object?> changed)
{
    private TemplateMap? _map;

    /// <summary>The variable as a template value.</summary>
    public TemplateMap Map => _map ??= Make();

    /// <summary>The most frequently used members.</summary>
    public bool TryGet(string member, [NotNullWhen(true)] out object? value)
    {
        value = member switch
        {
            "first" => i == 0,
            "last" => i == items.Count - 1,
            "index" => (long)i + 1,
            "index0" => (long)i,
            _ => null,
        };
        return value is not null;
    }

    private TemplateMap Make()
    {
        int count = items.Count;
        return new TemplateMap
        {
            ["index"] = (long)i + 1,
            ["index0"] = (long)i,
            ["revindex"] = (long)count - i,
            ["revindex0"] = (long)count - i - 1,
            ["first"] = i == 0,
            ["last"] = i == count - 1,
            ["length"] = (long)count,
            ["depth"] = (long)depth,
            ["depth0"] = (long)depth - 1,
            ["previtem"] = i > 0 ? items[i - 1] : new Undefined("loop.previtem"),
            ["nextitem"] = i + 1 < count ? items[i + 1] : new Undefined("loop.nextitem"),
            ["cycle"] = new Callable(
                "cycle",
                given =>
                    given.Positional.Count > 0
                        ? given.Positional[i % given.Positional.Count]
                        : throw new TemplateException(given.Line, "loop.cycle needs values.")
            ),
            ["changed"] = new Callable(
                "changed",
                given =>
                {
                    bool same = changed.Count == 1 && Values.AreEqual(changed[0], given.Positional.ToList());
                    changed.Clear();
                    changed.Add(given.Positional.ToList());
                    return !same;
                }
            ),
        };
    }
}
