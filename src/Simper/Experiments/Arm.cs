using System.Globalization;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>One of the training runs that are compared: what it does not name is the same in all. Immutable.</summary>
/// <param name="Spec">The objective, as the user wrote it.</param>
/// <param name="LearningRate">The peak learning rate.</param>
/// <param name="Seed">Seed of the data order; the initial weights and what is held out do not depend on it.</param>
public sealed record Arm(ObjectiveSpec Spec, double LearningRate, long Seed)
{
    /// <summary>The rate as figures and files print it.</summary>
    public string Rate => LearningRate.ToString("0.##e-0", CultureInfo.InvariantCulture);

    /// <summary>For people: objective, rate and seed.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Spec.Text}, rate {Rate}, seed {Seed}");

    /// <summary>A file name unique among the arms of an experiment.</summary>
    internal string FileName =>
        string.Concat(
            string.Create(CultureInfo.InvariantCulture, $"{Spec.Text} {LearningRate} {Seed}")
                .Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '=' ? c : '-')
        ) + ".jsonl";

    public override string ToString() => Name;
}
