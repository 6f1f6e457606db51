using Simper.Objectives;
using Simper.Runs;

namespace Simper.Tests.Runs;

/// <summary>What recipes say of objectives.</summary>
public class RecipeObjectiveTests
{
    private static Recipe Read(string keys, ICollection<string>? notes = null) =>
        Recipe.Read(
            null,
            [
                .. keys.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(k => k.Split(':', 2))
                    .Select(k => (k[0].Trim(), k[1].Trim())),
            ],
            notes
        );

    private static string Refusal(string keys) => Assert.Throws<SimperException>(() => Read(keys)).Message;

    public static IEnumerable<TheoryDataRow<string, Objective>> Understood =>
        [
            new("", new SimPer()),
            new("loss_type: simper", new SimPer()),
            new("loss_type: sigmoid; beta: 0.2", new Dpo { Beta = 0.2 }),
            new(
                "loss_type: dpo; f_divergence_type: js_divergence; ld_alpha: 0.5; use_weighting: true",
                new Dpo
                {
                    Divergence = FDivergence.JensenShannon,
                    LengthDesensitization = 0.5,
                    UseWeighting = true,
                }
            ),
            new("loss_type: dpo; f_divergence_type: FDivergenceType.REVERSE_KL; ld_alpha:", new Dpo()),
            new("loss_type: ipo; beta: 0.3", new Ipo { Beta = 0.3 }),
            new("loss_type: robust; label_smoothing: 0.2", new RobustDpo { LabelSmoothing = 0.2 }),
            new("loss_type: simpo", new SimPo { Beta = 2, Gamma = 0.5 }),
            new("loss_type: simpo; beta: 2.5; gamma_beta_ratio: 0.55; cpo_alpha: 0", new SimPo { Beta = 2.5, Gamma = 1.375 }),
            new(
                "loss_type: simpo; compatibility: trl-cpo",
                new SimPo
                {
                    Beta = 0.1,
                    Gamma = 0.5,
                    NllWeight = 1,
                }
            ),
            new("loss_type: sigmoid; cpo_alpha: 0.5", new Cpo { NllWeight = 0.5 }),
            new("loss_type: sigmoid; cpo_alpha: 0.0", new Cpo { NllWeight = 0 }),
            new(
                "loss_type: [simpo, hinge]; simpo_gamma: 1; beta: 0.5",
                new Mixture((new SimPo { Gamma = 1, Beta = 0.5 }, 1), (new HingeDpo { Beta = 0.5 }, 1))
            ),
            new("loss_type: ipo; compatibility: trl-cpo", new CpoIpo { NllWeight = 1 }),
            new("loss_type: hinge; cpo_alpha: 1.0", new CpoHinge { NllWeight = 1 }),
            new("loss_type: orpo; beta: 0.2", new Orpo { Lambda = 0.2 }),
            new("loss_type: orpo; compatibility: trl-cpo", new Orpo { CountsPrompt = true }),
            new("loss_type: kto; desirable_weight: 1.5", new Kto { DesirableWeight = 1.5 }),
            new("loss_type: dft", new Sft { Dynamic = true }),
            new("loss_type: sft; completion_only_loss: false", new Sft { CompletionOnly = false }),
            new(
                "loss_type: [sigmoid, bco_pair, sft]; loss_weights: [0.8, 0.2, 1.0]",
                new Mixture((new Dpo(), 0.8), (new BcoPair(), 0.2), (new Sft(), 1))
            ),
            // TRL writes all keys of a configuration; those that change nothing are no hindrance.
            new(
                "loss_type: sigmoid; label_smoothing: 0.0; discopop_tau: 0.05; f_alpha_divergence_coef: 0.5; loss_weights:",
                new Dpo()
            ),
            new("loss_type: apo_zero_unpaired; undesirable_weight: 2", new ApoZeroUnpaired { UndesirableWeight = 2 }),
        ];

    [Theory]
    [MemberData(nameof(Understood))]
    public void Names_and_keys_of_trl_mean_what_they_mean_there(string keys, Objective expected)
    {
        Recipe recipe = Read(keys);
        Assert.Equal(expected, recipe.Objective);
        // And the resolved recipe reads back to the same.
        string file = Path.Combine(Path.GetTempPath(), $"simper-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(file, recipe.ToYaml());
        Assert.Equal(expected, Recipe.Read(file, []).Objective);
        File.Delete(file);
    }

    public static TheoryData<string> Names => [.. ObjectiveCatalog.Standard.Kinds.SelectMany(k => k.Aliases.Prepend(k.Name))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_objective_of_the_catalog_is_read_and_written(string name)
    {
        Recipe recipe = Read($"loss_type: {name}");
        Assert.Equal(ObjectiveCatalog.Standard.Find(name)!.Default, recipe.Objective);
        foreach (Hyperparameter key in ObjectiveCatalog.Standard.Find(name)!.Hyperparameters)
            Assert.Contains(key.Key + ":", recipe.ToYaml(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("beta: 0.1", "SimPER")]
    [InlineData("beta: 0.1", "Without loss_type a recipe means SimPER")]
    [InlineData("loss_type: simper; cpo_alpha: 1", "choose a loss_type that has it: simpo, cpo")]
    [InlineData("loss_type: sigmoid; label_smoothing: 0.1", "choose a loss_type that has it")]
    [InlineData("loss_type: dpo; simpo_gamma: 1", "no meaning for loss_type")]
    [InlineData("loss_type: []", "name a loss")]
    [InlineData("loss_type: []; beta: 0.1", "name a loss")]
    [InlineData("loss_type: nosuch", "be one of simper, sft, dpo")]
    [InlineData("loss_type: exo_pair; label_smoothing: 0", "label_smoothing above 0")]
    [InlineData("loss_type: apo_zero; f_divergence_type: forward_kl", "reverse_kl alone")]
    [InlineData("loss_type: dpo; f_divergence_type: hellinger", "be one of reverse_kl")]
    [InlineData("loss_type: dpo; beta: -1", "be a number from")]
    [InlineData("loss_type: [sigmoid, sft]; loss_weights: [1]", "has 1 numbers for 2 losses")]
    [InlineData("loss_type: [sigmoid, kto]", "cannot be mixed")]
    [InlineData("loss_type: [dpo, cal_dpo]", "beta is 0.1 for dpo and 0.001 for cal_dpo; give it")]
    [InlineData("loss_type: simpo; simpo_gamma: 1; gamma_beta_ratio: 0.5", "say the same")]
    public void What_cannot_be_honoured_stops_with_a_sentence(string keys, string sentence) =>
        Assert.Contains(sentence, Refusal(keys), StringComparison.Ordinal);

    [Fact]
    public void The_authors_keys_that_do_nothing_are_noted_in_their_mode()
    {
        var notes = new List<string>();
        Assert.Equal(
            new SimPer(),
            Read("loss_type: SimPER; compatibility: simper-reference; beta: 2.0; gamma_beta_ratio: 0.5", notes).Objective
        );
        Assert.Equal(2, notes.Count(n => n.Contains("as in the original", StringComparison.Ordinal)));
    }

    [Fact]
    public void Defaults_that_differ_from_trl_s_are_told()
    {
        var notes = new List<string>();
        Read("loss_type: simpo", notes);
        Assert.Contains(
            notes,
            n =>
                n.Contains("beta 2 (TRL: 0.1)", StringComparison.Ordinal)
                && n.Contains("cpo_alpha 0 (TRL: 1)", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void An_objective_from_outside_is_named_like_any_other()
    {
        ObjectiveCatalog catalog = ObjectiveCatalog.Standard.With(SquaredMargin.Kind);
        Recipe recipe = Recipe.Read(null, [("loss_type", "squared_margin"), ("margin", "0.4")], catalog: catalog);
        Assert.Equal(new SquaredMargin { Margin = 0.4 }, recipe.Objective);
        Assert.Contains("margin: 0.4", recipe.ToYaml(), StringComparison.Ordinal);
        Assert.Contains(
            "be one of",
            Assert.Throws<SimperException>(() => Recipe.Read(null, [("loss_type", "squared_margin")])).Message,
            StringComparison.Ordinal
        );
    }
}
