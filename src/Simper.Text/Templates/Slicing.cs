namespace Simper.Text.Templates;

/// <summary>Slices of lists and strings, as in Python.</summary>
internal static class Slicing
{
    public static object? Apply(object? of, long? start, long? stop, long? step, int line)
    {
        if (step == 0)
            throw new TemplateException(line, "the step of a slice cannot be 0.");
        return of switch
        {
            TemplateTuple tuple => new TemplateTuple(Pick(tuple, start, stop, step ?? 1)),
            List<object?> list => Pick(list, start, stop, step ?? 1),
            string text => string.Concat(Pick(Values.Items(text, ""), start, stop, step ?? 1)),
            Markup markup => Markup.Marked(Apply(markup.Text, start, stop, step, line)),
            _ => throw new TemplateException(line, $"{Values.Kind(of)} cannot be sliced."),
        };
    }

    private static List<object?> Pick(IReadOnlyList<object?> items, long? start, long? stop, long step)
    {
        long count = items.Count;
        (long lowest, long highest) = step > 0 ? (0L, count) : (-1L, count - 1);
        long Place(long? given, long otherwise) =>
            given is not { } at ? otherwise : Math.Clamp(at < 0 ? at + count : at, lowest, highest);
        long from = Place(start, step > 0 ? 0 : count - 1);
        long to = Place(stop, step > 0 ? count : -1);
        var picked = new List<object?>();
        step = Math.Clamp(step, -count - 1, count + 1); // larger steps end as well
        for (long i = from; step > 0 ? i < to : i > to; i += step)
            picked.Add(items[(int)i]);
        return picked;
    }
}
