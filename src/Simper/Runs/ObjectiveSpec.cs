using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// An objective in command-line syntax: a name of the catalog, with hyperparameters in brackets where they differ from the
/// authors': <c>simper</c>, <c>dpo(beta=0.01)</c>, <c>simpo(beta=2,simpo_gamma=1)</c>. Keys and their rules are those of recipes.
/// Immutable.
/// </summary>
/// <param name="Text">As written, without blanks: distinguishes two settings of one objective.</param>
/// <param name="Objective">The objective it means.</param>
public sealed record ObjectiveSpec(string Text, Objective Objective)
{
    /// <summary>Reads one objective.</summary>
    /// <exception cref="SimperException">The name is unknown, a bracket or a value is missing, or a key does not belong to the
    /// objective.</exception>
    public static ObjectiveSpec Parse(string text, ObjectiveCatalog catalog)
    {
        string written = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        int bracket = written.IndexOf('(', StringComparison.Ordinal);
        if (
            (bracket >= 0 && written.IndexOf(')', StringComparison.Ordinal) != written.Length - 1)
            || (bracket < 0 && written.Contains(')', StringComparison.Ordinal))
        )
            throw new SimperException($"\"{text}\": an objective is written as name or name(key=value,key=value).");
        string name = bracket < 0 ? written : written[..bracket];
        string place = $"\"{text}\"";
        if (name.Length == 0)
            throw new SimperException($"{place}: the objective's name is missing; write name or name(key=value,key=value).");
        var given = new Dictionary<string, RecipeEntry>(StringComparer.Ordinal) { ["loss_type"] = new("loss_type", name, place) };
        foreach (string pair in bracket < 0 ? [] : written[(bracket + 1)..^1].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=');
            if (parts is not [{ Length: > 0 } key, { Length: > 0 } value])
                throw new SimperException($"{place}: \"{pair}\" has to be key=value.");
            if (!given.TryAdd(RecipeKeys.Canonical(key), new RecipeEntry(key, value, place)))
                throw new SimperException($"{place}: {key} is given twice.");
        }
        return new ObjectiveSpec(written, RecipeObjectives.Make(given, catalog, Compatibility.Strict, notes: null));
    }

    /// <summary>Reads several, separated by commas outside brackets.</summary>
    /// <exception cref="SimperException">There is none, one is wrong, or one is given twice.</exception>
    public static IReadOnlyList<ObjectiveSpec> ParseList(string text, ObjectiveCatalog catalog)
    {
        ObjectiveSpec[] specs = [.. Split(text).Select(t => Parse(t, catalog))];
        if (specs.Length == 0)
            throw new SimperException("No objective is named; give one or more, as simper,dpo,simpo(beta=2).");
        if (specs.GroupBy(s => s.Objective).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new SimperException(
                $"{string.Join(" and ", twice.Select(s => s.Text))} are the same objective; name each once."
            );
        return specs;
    }

    internal static IEnumerable<string> Split(string text)
    {
        (int start, int depth) = (0, 0);
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ',';
            depth += c switch
            {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            if (i < text.Length && (c != ',' || depth > 0))
                continue;
            if (text[start..i].Trim() is { Length: > 0 } part)
                yield return part;
            start = i + 1;
        }
    }
}
