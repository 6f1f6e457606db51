using Simper.Models;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>Which pairs of a recipe an analysis uses, and its reference. Immutable.</summary>
/// <param name="Count">How many pairs, drawn by the recipe's seed.</param>
/// <param name="ReferencePath">The reference model of reference-based objectives; null for the policy itself.</param>
public sealed record PairSample(int Count, string? ReferencePath = null)
{
    /// <summary>Pairs that the recipe would train on, in the order of the file.</summary>
    internal IReadOnlyList<TokenizedGroup> Of(RunSetup setup)
    {
        TokenizedDataset groups = setup.TrainTokens;
        if (groups.Count == 0)
            throw new SimperException($"{setup.Recipe.DataName}: none of its rows can be scored.");
        int[] order = DeterministicRandom.For((ulong)setup.Recipe.Seed, "pairs to look at").Permutation(groups.Count);
        return [.. order.Take(Count).Order().Select(i => groups[i])];
    }

    /// <summary>The given reference; null for the policy itself.</summary>
    /// <exception cref="SimperException">Its tokens differ from the policy's.</exception>
    internal ReferenceScores? Reference(RunSetup setup, IReadOnlyList<TokenizedGroup> groups, CancellationToken cancel)
    {
        if (ReferencePath is not { } path)
            return null;
        LanguageModel policy = setup.Policy;
        using LanguageModel reference = LanguageModel.Load(
            RunFolder.ModelOf(path),
            policy.Precision,
            trainable: false,
            frozen: setup.Recipe.Frozen,
            cancel: cancel
        );
        return reference.Shape.Vocabulary == policy.Shape.Vocabulary
            ? ReferenceScores.Of(reference, groups, setup.TokensPerScoringPass, cancel: cancel)
            : throw new SimperException(
                $"--reference: {path} has {reference.Shape.Vocabulary} tokens and the policy {policy.Shape.Vocabulary}; "
                    + "both have to score the same tokens."
            );
    }
}
