using System.Globalization;
using Simper.Objectives;

namespace Simper.Runs;

/// <summary>Reads the hyperparameters of one loss from a recipe.</summary>
internal static class RecipeHyperparameters
{
    /// <summary>The loss with what is given, and its defaults where nothing is.</summary>
    /// <param name="kind">The loss.</param>
    /// <param name="asked">The name it was asked for by: a variant's has defaults of its own.</param>
    /// <param name="given">The objective's keys.</param>
    /// <param name="fromTrl">Whether TRL's defaults hold.</param>
    /// <param name="reading">Receives a note where the authors' defaults differ from TRL's.</param>
    /// <exception cref="SimperException">A value is wrong.</exception>
    public static Objective Read(
        ObjectiveKind kind,
        string asked,
        IReadOnlyDictionary<string, RecipeEntry> given,
        bool fromTrl,
        RecipeReading reading
    )
    {
        Objective? variant = kind.NamedVariants.FirstOrDefault(v => v.Name == asked).Objective;
        Objective objective = variant ?? (fromTrl ? kind.TrlDefault : kind.Default);
        var differing = new List<string>();
        foreach (Hyperparameter key in kind.Hyperparameters)
        {
            RecipeEntry? ratio = key.Ratio is { } other ? given.GetValueOrDefault(other.Key) : null;
            if (given.TryGetValue(key.Key, out RecipeEntry? entry) && (entry.Value.Length > 0 || key.MayBeEmpty))
                objective = key.Set(objective, Value(key, entry));
            else if (
                !fromTrl
                && ratio is null
                && key.Get(kind.Default) is { } own
                && key.Get(kind.TrlDefault) is { } theirs
                && own != theirs
                && key.Get(objective) == own
            )
                differing.Add($"{key.Key} {Shown(key, own)} (TRL: {Shown(key, theirs)})");
        }
        foreach (Hyperparameter key in kind.Hyperparameters)
        {
            if (key.Ratio is not { } other || !given.TryGetValue(other.Key, out RecipeEntry? ratio) || ratio.Value.Length == 0)
                continue;
            if (given.ContainsKey(key.Key))
                throw new SimperException($"{ratio.Subject} and {key.Key} say the same; give one of them.");
            double to = kind.Hyperparameters.First(h => h.Key == other.To).Get(objective)!.Value;
            objective = key.Set(objective, new RecipeValue(ratio).Number(0, 1e6) * to);
        }
        if (differing.Count > 0)
            reading.Note($"loss_type {kind.Name} with the authors' defaults: {string.Join(", ", differing)}.");
        return objective;
    }

    /// <summary>A value as recipes write it.</summary>
    public static string Shown(Hyperparameter key, double value) =>
        key.Words.Count > 0 ? key.Words[(int)value] : value.ToString(CultureInfo.InvariantCulture);

    private static double? Value(Hyperparameter key, RecipeEntry entry)
    {
        var value = new RecipeValue(entry);
        if (entry.Value.Length == 0)
            return null;
        if (key.Words.Count == 0)
            return value.Number(key.Low, key.High);
        if (key.Words is ["false", "true"])
            return value.Flag() ? 1 : 0;
        string word = entry.Value.Replace("FDivergenceType.", "", StringComparison.Ordinal).ToLowerInvariant();
        return key.Words.ToList().IndexOf(word) is >= 0 and var index
            ? index
            : throw value.Wrong($"be one of {string.Join(", ", key.Words)}");
    }
}
