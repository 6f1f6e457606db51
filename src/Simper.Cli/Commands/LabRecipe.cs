using System.CommandLine;
using Simper.Experiments;
using Simper.Objectives;
using Simper.Runs;

namespace Simper.Cli.Commands;

/// <summary>The options of analyses that compare several objectives on the pairs of a recipe.</summary>
internal sealed class LabRecipe
{
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
        foreach (Option option in (Option[])[_objectives, _pairs, _reference])
            command.Options.Add(option);
        RecipeWords.AddTo(
            command,
            "A recipe file, and keys: recipe.yaml --model_name_or_path runs/demo --dataset_name pairs.jsonl ..."
        );
    }

    /// <summary>The objectives to compare.</summary>
    /// <exception cref="SimperException">One is unknown, or needs more than its pairs' log-probs.</exception>
    public IReadOnlyList<ObjectiveSpec> Objectives(ParseResult parsed)
    {
        IReadOnlyList<ObjectiveSpec> specs = ObjectiveSpec.ParseList(parsed.GetValue(_objectives)!, ObjectiveCatalog.Standard);
        foreach (ObjectiveSpec spec in specs)
            Analysis.PairLogProbs.ExpectSeen(spec.Objective);
        return specs;
    }

    /// <summary>The recipe; null if nothing of one is given.</summary>
    /// <exception cref="SimperException">It names no model or no pairs.</exception>
    public Recipe? Read(ParseResult parsed)
    {
        Recipe recipe = RecipeWords.Read(parsed, []);
        if (recipe == new Recipe { Catalog = recipe.Catalog, Objective = recipe.Objective })
            return null;
        RunSetup.ExpectGiven(("model_name_or_path", recipe.ModelNameOrPath), ("dataset_name", recipe.DataName));
        return recipe;
    }

    /// <summary>Which pairs are used, and the reference.</summary>
    /// <exception cref="SimperException">There would be none.</exception>
    public PairSample Sample(ParseResult parsed) =>
        parsed.GetValue(_pairs) is >= 1 and var count
            ? new PairSample(count, parsed.GetValue(_reference))
            : throw new SimperException($"--pairs is {parsed.GetValue(_pairs)}; it has to be at least 1.");
}
