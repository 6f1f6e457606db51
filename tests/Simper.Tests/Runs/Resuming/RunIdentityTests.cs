using Simper.Runs;
using Simper.Runs.Resuming;

namespace Simper.Tests.Runs.Resuming;

/// <summary>Which recipes go on from a checkpoint of which.</summary>
public sealed class RunIdentityTests
{
    private static readonly string Plain = new Recipe().ToYaml();

    private static string With(Recipe recipe) => recipe.ToYaml();

    private static string? Refusal(string then, string now)
    {
        var position = new RunPosition
        {
            Step = 1,
            Recipe = then,
            Model = "m",
            Data = "d",
            Program = RunIdentity.Program(),
            Passes = new PassSizes(1, 1, 1, 1),
            Logs = new Dictionary<string, long>(),
            Totals = new RunTotals(),
        };
        return (Record.Exception(() => RunIdentity.Expect("checkpoint-1", position, now, "m", "d")) as SimperException)?.Message;
    }

    [Fact]
    public void A_key_that_did_not_exist_when_the_checkpoint_was_written_had_its_default()
    {
        string[] later = ["non_finite:", "spikes:", "health", "load_best", "metric_for", "greater_is"];
        string old = string.Join('\n', Plain.Split('\n').Where(l => !later.Any(k => l.StartsWith(k, StringComparison.Ordinal))));
        Assert.NotEqual(Plain, old);
        Assert.Null(Refusal(old, Plain));
        Assert.Contains(
            "health was off and is warn",
            Refusal(old, With(new Recipe { Health = HealthResponse.Warn })),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_only_ends_a_run_may_change_and_what_chooses_its_model_may_not()
    {
        Assert.Null(Refusal(Plain, With(new Recipe { NonFinite = Simper.Training.NonFiniteRule.Skip, HealthMaxRollbacks = 1 })));
        Assert.Null(Refusal(Plain, With(new Recipe { SaveSteps = 7, SaveTotalLimit = 9 })));
        var best = new Recipe { LoadBestModelAtEnd = true };
        Assert.Null(Refusal(With(best), With(best with { SaveTotalLimit = 9 })));
        Assert.Contains(
            "save_steps was 500 and is 7",
            Refusal(With(best), With(best with { SaveSteps = 7 })),
            StringComparison.Ordinal
        );
        Assert.Contains("load_best_model_at_end was false and is true", Refusal(Plain, With(best)), StringComparison.Ordinal);
        Assert.Contains(
            "spikes was apply and is skip",
            Refusal(Plain, With(new Recipe { Spikes = Simper.Training.SpikeRule.Skip })),
            StringComparison.Ordinal
        );
    }
}
