using System.Globalization;
using Simper.Objectives;

namespace Simper.Runs;

/// <summary>
/// Which objective a recipe asks for, and its hyperparameters. An objective that has none refuses all: a number that does nothing
/// would be believed to do something.
/// </summary>
internal static class RecipeObjectives
{
    private static readonly (string[] Names, string[] Keys, Func<Func<string, RecipeValue?>, Objective> Make)[] All =
    [
        (["simper"], [], _ => new SimPer()),
        (["sft", "nll"], [], _ => new Sft()),
        (["dpo", "sigmoid"], ["beta"], get => new Dpo { Beta = get("beta")?.Number(1e-6, 1000) ?? new Dpo().Beta }),
    ];

    // Hyperparameters of objectives that people may bring along.
    private static readonly string[] Hyperparameters =
        ["beta", "label_smoothing", "simpo_gamma", "gamma_beta_ratio", "gamma", "cpo_alpha", "alpha", "sft_weight", "desirable_weight", "undesirable_weight", "ld_alpha", "discopop_tau", "loss_weights"];

    public static IEnumerable<string> Keys => Hyperparameters.Append("loss_type");

    public static bool Owns(string key) => key == "loss_type" || Hyperparameters.Contains(key);

    public static Objective Make(IReadOnlyDictionary<string, RecipeEntry> given)
    {
        string name = given.TryGetValue("loss_type", out RecipeEntry? type) && type.Value.Length > 0 ? type.Value.ToLowerInvariant() : "simper";
        (string[] names, string[] keys, Func<Func<string, RecipeValue?>, Objective> make) = All.FirstOrDefault(o => o.Names.Contains(name));
        if (names is null)
            throw new RecipeValue(type!).Wrong($"be one of {string.Join(", ", All.Select(o => o.Names[0]))}");
        foreach ((string key, RecipeEntry entry) in given)
        {
            if (key == "loss_type" || keys.Contains(key) || IsNothing(key, entry.Value))
                continue;
            throw new SimperException(name == "simper"
                ? $"{entry.Place}: {key} has no meaning for SimPER, whose loss -exp(mean log p(chosen)) + exp(mean log p(rejected)) has no hyperparameters; remove the key, or choose another loss_type."
                : $"{entry.Place}: {key} has no meaning for loss_type {names[0]}{(keys.Length > 0 ? $", which has: {string.Join(", ", keys)}" : "")}; remove the key.");
        }
        return make(key => given.TryGetValue(key, out RecipeEntry? entry) && entry.Value.Length > 0 ? new RecipeValue(entry) : null);
    }

    public static IEnumerable<(string Key, string Value)> Write(Objective objective)
    {
        yield return ("loss_type", objective.Name);
        if (objective is Dpo dpo)
            yield return ("beta", dpo.Beta.ToString(CultureInfo.InvariantCulture));
    }

    // What switches a term off changes nothing.
    private static bool IsNothing(string key, string value) => value.Length == 0 || (key is "label_smoothing" or "cpo_alpha" or "sft_weight" && value is "0" or "0.0");
}
