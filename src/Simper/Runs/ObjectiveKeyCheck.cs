using System.Globalization;
using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// Refuses hyperparameters that no loss of a recipe has, or notes that they have no effect where another tool's recipe may bring
/// them along.
/// </summary>
internal static class ObjectiveKeyCheck
{
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

    /// <summary>Checks the keys that are given.</summary>
    /// <param name="given">The objective's keys.</param>
    /// <param name="kinds">The losses, at least one.</param>
    /// <param name="catalog">All losses, for advice.</param>
    /// <param name="compatibility">The recipe's mode.</param>
    /// <param name="reading">Receives notes and refusals.</param>
    public static void Run(
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
        if (
            compatibility == Compatibility.SimPerReference
            || (compatibility != Compatibility.Strict && given.ContainsKey(RecipeObjectives.Type))
        )
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
        key is RecipeObjectives.Type or RecipeObjectives.Weights || kinds.Any(k => Has(k, key)) || IsIdle(key, entry.Value);

    private static bool Has(ObjectiveKind kind, string key) => kind.Hyperparameters.Any(h => h.Key == key || h.Ratio?.Key == key);

    private static string Advice(string[] keys, ObjectiveKind[] kinds, ObjectiveCatalog catalog)
    {
        (string key, string it) = keys.Length == 1 ? ("key", "it") : ("keys", "them");
        string[] takers = [.. catalog.Kinds.Except(kinds).Where(k => keys.All(n => Has(k, n))).Select(k => k.Name)];
        return takers.Length > 0
            ? $"remove the {key}, or choose a loss_type that has {it}: {string.Join(", ", takers.Take(6))}"
            : $"remove the {key}";
    }

    // A value that switches a term off, or is TRL's own default, changes nothing.
    private static bool IsIdle(string key, string value) =>
        value.Length == 0
        || (
            Idle.TryGetValue(key, out string[]? idle)
            && idle.Contains(
                double.TryParse(value, CultureInfo.InvariantCulture, out double number)
                    ? number.ToString(CultureInfo.InvariantCulture)
                : value.Contains('.') ? value
                : value.ToLowerInvariant()
            )
        );
}
