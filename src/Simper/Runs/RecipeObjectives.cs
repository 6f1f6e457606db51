using System.Globalization;
using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// Reads a recipe's objective and its hyperparameters. An objective refuses hyperparameters that it does not have: users would
/// believe that they have an effect.
/// </summary>
internal static class RecipeObjectives
{
    /// <summary>The key of the losses.</summary>
    public const string Type = "loss_type";

    /// <summary>The key of the weights of several.</summary>
    public const string Weights = "loss_weights";

    // Keys that people bring along from the papers' scripts.
    private static readonly string[] Brought = ["gamma", "sft_weight"];

    public static IEnumerable<string> Keys(ObjectiveCatalog catalog) =>
        Hyperparameters(catalog)
            .SelectMany(h => h.Ratio is { } ratio ? [h.Key, ratio.Key] : (string[])[h.Key])
            .Concat([Weights, Type, .. Brought])
            .Distinct();

    private static IEnumerable<Hyperparameter> Hyperparameters(ObjectiveCatalog catalog) =>
        catalog.Kinds.SelectMany(k => k.Hyperparameters);

    /// <summary>Creates the objective from settings outside a recipe file.</summary>
    /// <exception cref="SimperException">A name is unknown, a key does not belong to it, or a value is wrong.</exception>
    public static Objective Make(
        IReadOnlyDictionary<string, RecipeEntry> given,
        ObjectiveCatalog catalog,
        Compatibility compatibility,
        ICollection<string>? notes
    )
    {
        var reading = new RecipeReading();
        Objective objective = Make(given, catalog, compatibility, reading);
        reading.Finish(file: null, notes);
        return objective;
    }

    /// <summary>Creates the objective.</summary>
    /// <param name="given">The objective's keys.</param>
    /// <param name="catalog">The objectives.</param>
    /// <param name="compatibility">The recipe's mode: TRL's use TRL's defaults.</param>
    /// <param name="reading">Receives notes, and keys that do not belong to the objective.</param>
    /// <exception cref="SimperException">A name is unknown, or a value is wrong.</exception>
    public static Objective Make(
        IReadOnlyDictionary<string, RecipeEntry> given,
        ObjectiveCatalog catalog,
        Compatibility compatibility,
        RecipeReading reading
    )
    {
        string[] names = Names(given, catalog);
        // Also where the value switches a term off: the key reveals the tool that the recipe is for, unless another loss of the
        // list has it.
        bool isCpo =
            compatibility == Compatibility.TrlCpo
            || Hyperparameters(catalog)
                .Where(h => h.IsOfCpoTrainer)
                .Select(h => h.Key)
                .Any(k =>
                    given.TryGetValue(k, out RecipeEntry? e)
                    && e.Value.Length > 0
                    && !names.Any(n => catalog.Find(n)?.Hyperparameters.Any(h => h.Key == k) == true)
                );
        (string Name, ObjectiveKind Kind)[] kinds = [.. names.Select(n => (n, Find(n, isCpo, catalog, given)))];
        ObjectiveKeyCheck.Run(given, [.. kinds.Select(k => k.Kind)], catalog, compatibility, reading);
        bool fromTrl = compatibility is Compatibility.Trl or Compatibility.TrlCpo;
        Objective[] parts = [.. kinds.Select(k => RecipeHyperparameters.Read(k.Kind, k.Name, given, fromTrl, reading))];
        Objective objective =
            parts.Length == 1 && !(given.TryGetValue(Weights, out RecipeEntry? weights) && weights.Value.Length > 0)
                ? parts[0]
                : Mix([.. kinds.Select(k => k.Kind)], parts, given);
        return objective.Fault is { } fault ? throw new SimperException($"{Place(given)}{fault}.") : objective;
    }

    public static IEnumerable<(string Key, string Value)> Write(Objective objective, ObjectiveCatalog catalog)
    {
        IReadOnlyList<(Objective Objective, double Weight)> parts = objective is Mixture mixture
            ? mixture.Parts
            : [(objective, 1)];
        yield return (
            Type,
            parts.Count > 1 ? $"[{string.Join(", ", parts.Select(p => p.Objective.Name))}]" : parts[0].Objective.Name
        );
        if (objective is Mixture)
            yield return (Weights, $"[{string.Join(", ", parts.Select(p => Text(p.Weight)))}]");
        var written = new HashSet<string>();
        foreach ((Objective part, _) in parts)
        {
            foreach (Hyperparameter key in catalog.Find(part.Name)?.Hyperparameters ?? [])
            {
                if (written.Add(key.Key) && key.Get(part) is { } value)
                    yield return (key.Key, RecipeHyperparameters.Shown(key, value));
            }
        }
    }

    private static string[] Names(IReadOnlyDictionary<string, RecipeEntry> given, ObjectiveCatalog catalog)
    {
        if (!given.TryGetValue(Type, out RecipeEntry? entry) || entry.Value.Length == 0)
            return [catalog.Usual];
        string[] names = [.. List(entry).Select(n => n.ToLowerInvariant())];
        return names.Length > 0 ? names : throw new RecipeValue(entry).Wrong("name a loss");
    }

    private static ObjectiveKind Find(
        string name,
        bool isCpo,
        ObjectiveCatalog catalog,
        IReadOnlyDictionary<string, RecipeEntry> given
    ) =>
        (isCpo ? catalog.FindOfCpoTrainer(name) : catalog.Find(name))
        ?? throw new RecipeValue(given[Type]).Wrong($"be one of {string.Join(", ", catalog.Kinds.Select(k => k.Name))}");

    private static Mixture Mix(ObjectiveKind[] kinds, Objective[] parts, IReadOnlyDictionary<string, RecipeEntry> given)
    {
        ExpectOneValue(kinds, parts, given);
        double[] weights = [.. parts.Select(_ => 1.0)];
        if (given.TryGetValue(Weights, out RecipeEntry? entry) && entry.Value.Length > 0)
        {
            weights = [.. List(entry).Select(text => new RecipeValue(entry with { Value = text }).Number(-1e6, 1e6))];
            if (weights.Length != parts.Length)
                throw new SimperException(
                    $"{entry.Subject} has {weights.Length} numbers for {parts.Length} losses; give one for each."
                );
        }
        try
        {
            return new Mixture([.. parts.Zip(weights)]);
        }
        catch (ArgumentException)
        {
            throw new SimperException(
                $"{Place(given)}losses over single answers (kto, bco, apo_zero_unpaired) cannot be mixed with others; "
                    + "give one loss_type."
            );
        }
    }

    // A recipe has each key once, under the name that a run writes.
    private static void ExpectOneValue(ObjectiveKind[] kinds, Objective[] parts, IReadOnlyDictionary<string, RecipeEntry> given)
    {
        foreach (
            var values in kinds
                .Zip(parts)
                .SelectMany(p => p.First.Hyperparameters.Select(key => (Key: key, p.First.Name, Value: key.Get(p.Second))))
                .GroupBy(v => v.Key.Key)
        )
        {
            var distinct = values.DistinctBy(v => v.Value).ToList();
            if (distinct.Count > 1)
            {
                IEnumerable<string> each = distinct.Select(v =>
                    $"{(v.Value is { } value ? RecipeHyperparameters.Shown(v.Key, value) : "empty")} for {v.Name}"
                );
                throw new SimperException(
                    $"{Place(given)}{values.Key} is {string.Join(" and ", each)}; give it, so that it holds for all losses."
                );
            }
        }
    }

    private static string[] List(RecipeEntry entry) =>
        entry.Value.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Place(IReadOnlyDictionary<string, RecipeEntry> given) =>
        given.TryGetValue(Type, out RecipeEntry? entry) ? entry.Place + ": " : "";

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
