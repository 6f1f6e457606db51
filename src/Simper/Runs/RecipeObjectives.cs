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
    private const string Weights = "loss_weights";
    private const string Type = "loss_type";

    // Keys that people bring along from the papers' scripts.
    private static readonly string[] Brought = ["gamma", "sft_weight"];

    // Values with which a TRL key changes nothing, whatever the loss.
    private static readonly Dictionary<string, string[]> Idle = new(StringComparer.Ordinal)
    {
        ["label_smoothing"] = ["0"],
        ["cpo_alpha"] = ["0"],
        ["alpha"] = ["0"],
        ["sft_weight"] = ["0"],
        ["f_divergence_type"] = ["reverse_kl", "FDivergenceType.REVERSE_KL"],
        ["f_alpha_divergence_coef"] = ["0.5", "1"],
        ["use_weighting"] = ["false"],
        ["discopop_tau"] = ["0.05"],
        ["desirable_weight"] = ["1"],
        ["undesirable_weight"] = ["1"],
        ["completion_only_loss"] = ["true"],
    };

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
        ExpectKnown(given, [.. kinds.Select(k => k.Kind)], catalog, compatibility, reading);
        bool fromTrl = compatibility is Compatibility.Trl or Compatibility.TrlCpo;
        Objective[] parts = [.. kinds.Select(k => Make(k.Kind, k.Name, given, fromTrl, reading))];
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
                    yield return (key.Key, key.Words.Count > 0 ? key.Words[(int)value] : Text(value));
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

    private static void ExpectKnown(
        IReadOnlyDictionary<string, RecipeEntry> given,
        ObjectiveKind[] kinds,
        ObjectiveCatalog catalog,
        Compatibility compatibility,
        RecipeReading reading
    )
    {
        RecipeEntry[] others = [.. given.Where(g => !IsKnown(g.Key, g.Value, kinds)).Select(g => g.Value)];
        if (others.Length == 0)
            return;
        string name = kinds[0].Name;
        // A TRL file leaves the loss to the script that reads it: its hyperparameters show that it does not mean SimPER.
        if (compatibility == Compatibility.SimPerReference || (compatibility != Compatibility.Strict && given.ContainsKey(Type)))
        {
            foreach (RecipeEntry entry in others)
                reading.Note($"{entry.Subject} has no effect on loss_type {name}, as in the original.");
            return;
        }
        if (kinds[0].Refusal is { } refusal)
        {
            string[] keys = [.. others.Select(e => e.Name)];
            string them = keys.Length == 1 ? "it" : "them";
            string subjects = string.Join(" and ", others.Skip(1).Select(e => e.Label).Prepend(others[0].Subject));
            reading.Stop(
                $"{subjects} {(keys.Length == 1 ? "has" : "have")} no meaning for {refusal.Subject}; "
                    + $"{Advice(keys, kinds, catalog)}. ({refusal.Note.Replace("{0}", them, StringComparison.Ordinal)})"
            );
            return;
        }
        string has =
            kinds[0].Hyperparameters.Count > 0
                ? $", which has: {string.Join(", ", kinds[0].Hyperparameters.Select(h => h.Key))}"
                : "";
        foreach (RecipeEntry entry in others)
            reading.Stop($"{entry.Subject} has no meaning for loss_type {name}{has}; {Advice([entry.Name], kinds, catalog)}.");
    }

    private static bool IsKnown(string key, RecipeEntry entry, ObjectiveKind[] kinds) =>
        key is Type or Weights || kinds.Any(k => Has(k, key)) || IsIdle(key, entry.Value);

    private static bool Has(ObjectiveKind kind, string key) => kind.Hyperparameters.Any(h => h.Key == key || h.Ratio?.Key == key);

    private static string Advice(string[] keys, ObjectiveKind[] kinds, ObjectiveCatalog catalog)
    {
        (string key, string it) = keys.Length == 1 ? ("key", "it") : ("keys", "them");
        string[] takers = [.. catalog.Kinds.Except(kinds).Where(k => keys.All(n => Has(k, n))).Select(k => k.Name)];
        return takers.Length > 0
            ? $"remove the {key}, or choose a loss_type that has {it}: {string.Join(", ", takers.Take(6))}"
            : $"remove the {key}";
    }

    private static Objective Make(
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
                    $"{(v.Value is { } value ? Shown(v.Key, value) : "empty")} for {v.Name}"
                );
                throw new SimperException(
                    $"{Place(given)}{values.Key} is {string.Join(" and ", each)}; give it, so that it holds for all losses."
                );
            }
        }
    }

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

    // A value that switches a term off, or is TRL's own default, changes nothing.
    private static bool IsIdle(string key, string value) =>
        value.Length == 0
        || (
            Idle.TryGetValue(key, out string[]? idle)
            && idle.Contains(
                double.TryParse(value, CultureInfo.InvariantCulture, out double number) ? Text(number)
                : value.Contains('.') ? value
                : value.ToLowerInvariant()
            )
        );

    private static string[] List(RecipeEntry entry) =>
        entry.Value.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Place(IReadOnlyDictionary<string, RecipeEntry> given) =>
        given.TryGetValue(Type, out RecipeEntry? entry) ? entry.Place + ": " : "";

    private static string Shown(Hyperparameter key, double value) => key.Words.Count > 0 ? key.Words[(int)value] : Text(value);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
