using System.Globalization;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>One of the trainings that are compared: what it does not name is the same in all. Immutable.</summary>
/// <param name="Spec">The objective, as it was written.</param>
/// <param name="LearningRate">The peak learning rate.</param>
/// <param name="Seed">Order of the data; the start and what is held out do not depend on it.</param>
public sealed record Arm(ObjectiveSpec Spec, double LearningRate, long Seed)
{
    /// <summary>The rate as figures and files write it.</summary>
    public string Rate => LearningRate.ToString("0.##e-0", CultureInfo.InvariantCulture);

    /// <summary>For people: objective, rate and seed.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Spec.Text}, rate {Rate}, seed {Seed}");

    /// <summary>A file's name that no other arm of the same experiment has.</summary>
    internal string FileName =>
        string.Concat(
            string.Create(CultureInfo.InvariantCulture, $"{Spec.Text} {LearningRate} {Seed}")
                .Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '=' ? c : '-')
        ) + ".jsonl";

    public override string ToString() => Name;
}
