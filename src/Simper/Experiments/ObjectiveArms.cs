using System.Globalization;
using Simper.Objectives;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>An objective with the learning rates to try with it. Immutable.</summary>
/// <param name="Spec">The objective.</param>
/// <param name="Rates">Peak learning rates, ascending.</param>
public sealed record ObjectiveArms(ObjectiveSpec Spec, IReadOnlyList<double> Rates)
{
    /// <summary>
    /// Reads objectives as a command line writes them: <c>simper,dpo(beta=0.05),simpo@1e-5@3e-5</c>, where the numbers after @
    /// are the rates of this objective only. The objective of the recipe takes the recipe's hyperparameters.
    /// </summary>
    /// <param name="objectives">Separated by commas.</param>
    /// <param name="rates">Rates of all others, separated by commas; null for the recipe's.</param>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="SimperException">An objective or a rate is wrong, or given twice.</exception>
    public static IReadOnlyList<ObjectiveArms> ParseList(string objectives, string? rates, Recipe recipe)
    {
        IReadOnlyList<double> shared = rates is null ? [recipe.LearningRate] : RateList("learning_rates", rates.Split(','));
        var arms = new List<ObjectiveArms>();
        foreach (string part in ObjectiveSpec.Split(objectives))
        {
            string[] words = part.Split('@');
            ObjectiveSpec spec = ObjectiveSpec.Parse(words[0], recipe.Catalog);
            if (!words[0].Contains('(', StringComparison.Ordinal) && recipe.Objective.Name == spec.Objective.Name)
                spec = new ObjectiveSpec(Written(recipe.Objective, recipe.Catalog), recipe.Objective);
            arms.Add(new ObjectiveArms(spec, words.Length > 1 ? RateList(part, words[1..]) : shared));
        }
        if (arms.Count == 0)
            throw new SimperException("No objective is named; give one or more, as simper,dpo,simpo(beta=2).");
        if (arms.GroupBy(a => a.Spec.Objective).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new SimperException(
                $"{string.Join(" and ", twice.Select(a => a.Spec.Text))} are the same objective; name each once."
            );
        return arms;
    }

    /// <summary>An objective as a user would type it: its name, and in brackets what differs from its defaults.</summary>
    public static string Written(Objective objective, ObjectiveCatalog catalog)
    {
        if (catalog.Find(objective.Name) is not { } kind)
            return objective.Name;
        Dictionary<string, string> usual = RecipeObjectives.Write(kind.Default, catalog).ToDictionary(k => k.Key, k => k.Value);
        string[] own =
        [
            .. RecipeObjectives
                .Write(objective, catalog)
                .Where(k => usual.GetValueOrDefault(k.Key) != k.Value)
                .Select(k => $"{k.Key}={k.Value}"),
        ];
        return own.Length == 0 ? objective.Name : $"{objective.Name}({string.Join(',', own)})";
    }

    private static double[] RateList(string place, IReadOnlyList<string> words)
    {
        var rates = new SortedSet<double>();
        foreach (string word in words)
        {
            if (
                !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate)
                || !(rate > 0 && rate <= 1)
            )
                throw new SimperException(
                    $"{place}: \"{word.Trim()}\" is no learning rate; it has to be a number above 0 and at most 1."
                );
            if (!rates.Add(rate))
                throw new SimperException($"{place}: the rate {word.Trim()} is given twice.");
        }
        return [.. rates];
    }
}
