namespace Simper.Text.Templates;

/// <summary>The variable <c>loop</c> of a for loop.</summary>
internal static class LoopVariable
{
    /// <param name="items">All items of the loop.</param>
    /// <param name="i">Which one it is at.</param>
    /// <param name="depth">1 for the outermost of a recursive loop.</param>
    /// <param name="changed">What <c>loop.changed</c> was given last; shared by the iterations.</param>
    public static TemplateMap At(IReadOnlyList<object?> items, int i, int depth, List<object?> changed)
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
            ["cycle"] = new Callable("cycle", given => given.Positional.Count > 0
                ? given.Positional[i % given.Positional.Count]
                : throw new TemplateException(given.Line, "loop.cycle needs values.")),
            ["changed"] = new Callable("changed", given =>
            {
                bool same = changed.Count == 1 && Values.AreEqual(changed[0], given.Positional.ToList());
                changed.Clear();
                changed.Add(given.Positional.ToList());
                return !same;
            }),
        };
    }
}
