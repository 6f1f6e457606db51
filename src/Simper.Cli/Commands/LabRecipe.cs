using System.CommandLine;
using Simper.Models;
using Simper.Objectives;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Cli.Commands;

/// <summary>The options of analyses that look at the pairs of a recipe through several objectives.</summary>
internal sealed class LabRecipe
{
    private readonly Argument<string[]> _words = RecipeWords.Argument(
        "A recipe file, and keys: recipe.yaml --model_name_or_path runs/demo --dataset_name pairs.jsonl ..."
    );
    private readonly Option<string> _objectives;
    private readonly Option<int> _pairs;
    private readonly Option<string?> _reference = new("--reference")
    {
        HelpName = "PATH",
        Description =
            "The model that reference-based objectives hold the policy to: the one before training, say. Without it the "
            + "policy itself.",
    };

    public LabRecipe(string objectives, int pairs)
    {
        _objectives = new("--objectives")
        {
            HelpName = "NAMES",
            Description = "Which, with hyperparameters in brackets where they are not the authors': \"simper,dpo(beta=0.01)\".",
            DefaultValueFactory = _ => objectives,
        };
        _pairs = new("--pairs")
        {
            Description = "How many pairs to look at, drawn by the recipe's seed.",
            DefaultValueFactory = _ => pairs,
        };
    }

    public void AddTo(Command command)
    {
        command.TreatUnmatchedTokensAsErrors = false;
        command.Arguments.Add(_words);
        foreach (Option option in (Option[])[_objectives, _pairs, _reference])
            command.Options.Add(option);
    }

    public static IReadOnlyList<(string Name, Objective Objective)> Named(IReadOnlyList<ObjectiveSpec> specs) =>
        [.. specs.Select(s => (s.Text, s.Objective))];

    /// <summary>The objectives to compare.</summary>
    /// <exception cref="SimperException">One is unknown, or cannot be seen by its pairs' log-probs.</exception>
    public IReadOnlyList<ObjectiveSpec> Objectives(ParseResult parsed)
    {
        IReadOnlyList<ObjectiveSpec> specs = ObjectiveSpec.ParseList(parsed.GetValue(_objectives)!, ObjectiveCatalog.Standard);
        foreach (ObjectiveSpec spec in specs)
            Analysis.PairLogProbs.ExpectSeen(spec.Objective);
        return specs;
    }

    /// <summary>The recipe; null where nothing of one was given.</summary>
    /// <exception cref="SimperException">It names no model or no pairs.</exception>
    public Recipe? Read(ParseResult parsed)
    {
        Recipe recipe = RecipeWords.Read(parsed, []);
        if (recipe == new Recipe { Catalog = recipe.Catalog, Objective = recipe.Objective })
            return null;
        TrainingRun.ExpectGiven(("model_name_or_path", recipe.ModelNameOrPath), ("dataset_name", recipe.DatasetName));
        return recipe;
    }

    /// <summary>Pairs that the recipe would train on, as many as were asked for, in the order of the file.</summary>
    public IReadOnlyList<TokenizedGroup> Sample(ParseResult parsed, Recipe recipe, TokenizedDataset groups)
    {
        int count = parsed.GetValue(_pairs);
        if (count < 1)
            throw new SimperException($"--pairs is {count}; it has to be at least 1.");
        if (groups.Count == 0)
            throw new SimperException($"{recipe.DatasetName}: none of its rows can be scored.");
        int[] order = DeterministicRandom.For((ulong)recipe.Seed, "pairs to look at").Permutation(groups.Count);
        return [.. order.Take(count).Order().Select(i => groups[i])];
    }

    /// <summary>The reference that was named; null for the policy itself.</summary>
    /// <exception cref="SimperException">It has other tokens than the policy.</exception>
    public ReferenceScores? Reference(
        ParseResult parsed,
        LanguageModel policy,
        IReadOnlyList<TokenizedGroup> groups,
        CancellationToken cancel
    )
    {
        if (parsed.GetValue(_reference) is not { } path)
            return null;
        using LanguageModel reference = LanguageModel.Load(RunFolder.ModelOf(path), policy.Precision, trainable: false);
        return reference.Shape.Vocabulary == policy.Shape.Vocabulary
            ? ReferenceScores.Of(reference, groups, cancel: cancel)
            : throw new SimperException(
                $"--reference: {path} has {reference.Shape.Vocabulary} tokens and the policy {policy.Shape.Vocabulary}; "
                    + "both have to score the same tokens."
            );
    }
}
