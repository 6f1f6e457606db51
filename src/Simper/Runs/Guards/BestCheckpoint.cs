namespace Simper.Runs.Guards;

/// <summary>
/// Which of a run's checkpoints is the best by a held-out figure (transformers' <c>load_best_model_at_end</c>,
/// <c>metric_for_best_model</c>, <c>greater_is_better</c>). Only a state that is both evaluated and saved can be it; of equals
/// the earlier one, and never one whose figure is NaN.
/// </summary>
internal sealed class BestCheckpoint
{
    private const string Prefix = "eval_";

    // What is usual for figures that have a usual direction. Others, such as the log-probs of rejected answers, have none.
    private static readonly string[] Greater =
    [
        "rewards/accuracies",
        "rewards/margins",
        "rewards/chosen",
        "prob/chosen",
        "logps/chosen",
        "logps/chosen_mean",
        "log_odds_chosen",
        "log_odds_ratio",
    ];

    private readonly string _name;
    private readonly bool _greater;

    /// <param name="recipe">Its keys.</param>
    /// <exception cref="SimperException">Whether more of the figure is better is not said, and not usual.</exception>
    public BestCheckpoint(Recipe recipe)
    {
        string asked = recipe.MetricForBestModel ?? "loss";
        _name = asked.StartsWith(Prefix, StringComparison.Ordinal) ? asked[Prefix.Length..] : asked;
        _greater = recipe.GreaterIsBetter ?? IsGreaterUsual(_name);
    }

    /// <summary>The best so far; null before the first.</summary>
    public BestScore? Score { get; set; }

    /// <summary>Refuses a figure that evaluations do not have.</summary>
    /// <param name="figures">Those of an evaluation, by name.</param>
    /// <exception cref="SimperException">It is none of them; the message lists them.</exception>
    public void Expect(IReadOnlyDictionary<string, double> figures)
    {
        if (!figures.ContainsKey(_name))
            throw new SimperException(
                $"metric_for_best_model is {_name}; held-out rows have {string.Join(", ", figures.Keys)}. Give one of these."
            );
    }

    /// <summary>Compares the state after a step, whose checkpoint will be written.</summary>
    public void Add(int step, IReadOnlyDictionary<string, double> figures)
    {
        double value = figures[_name];
        if (double.IsNaN(value) || (Score is { } best && !(_greater ? value > best.Value : value < best.Value)))
            return;
        Score = new BestScore(step, Prefix + _name, value);
    }

    /// <summary>Refuses a recipe by which evaluations and checkpoints do not meet.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="saveSteps">Steps between its checkpoints.</param>
    /// <exception cref="SimperException">They do not; the message says which key to change.</exception>
    public static void ExpectMeeting(Recipe recipe, int saveSteps)
    {
        if (recipe.SaveStrategy == SaveStrategy.No)
            throw new SimperException(
                "load_best_model_at_end chooses among checkpoints, and save_strategy is no; give steps or epoch."
            );
        if (recipe.SaveStrategy == SaveStrategy.Epoch)
            return; // evaluated as they are written
        if (recipe.EvalSteps == 0)
            throw new SimperException(
                "load_best_model_at_end compares evaluations of checkpoints, and eval_steps is 0; give eval_steps, and "
                    + "save_steps as a multiple of it."
            );
        if (saveSteps % recipe.EvalSteps != 0)
            throw new SimperException(
                $"load_best_model_at_end needs an evaluation of every checkpoint, so save_steps ({saveSteps}) has to be a "
                    + $"multiple of eval_steps ({recipe.EvalSteps})."
            );
    }

    private static bool IsGreaterUsual(string name) =>
        Greater.Contains(name)
        || (
            !name.EndsWith("loss", StringComparison.Ordinal) && name != "ppl/chosen"
                ? throw new SimperException(
                    $"metric_for_best_model is {name}, and whether more of it is better is not plain; give greater_is_better, "
                        + "true or false."
                )
                : false
        );
}
