using Simper.Experiments;
using Simper.Objectives;
using Simper.Runs;

namespace Simper.Tests.Experiments;

public class ObjectiveArmsTests
{
    private static readonly Recipe Recipe = new()
    {
        LearningRate = 2e-6,
        Objective = new Dpo { Beta = 0.05 },
    };

    [Fact]
    public void Objectives_bring_their_own_rates_or_share_those_of_the_line_or_the_recipe()
    {
        IReadOnlyList<ObjectiveArms> own = ObjectiveArms.ParseList(
            "simper@3e-5@1e-5, simpo(beta=2.5,simpo_gamma=1)",
            "1e-6,3e-6",
            Recipe
        );
        Assert.Equal([1e-5, 3e-5], own[0].Rates);
        Assert.Equal([1e-6, 3e-6], own[1].Rates);
        Assert.Equal(new SimPo { Beta = 2.5, Gamma = 1 }, own[1].Spec.Objective);
        Assert.Equal([2e-6], Assert.Single(ObjectiveArms.ParseList("simper", null, Recipe)).Rates);
    }

    [Fact]
    public void An_objective_that_the_recipe_names_has_the_recipes_settings_and_says_so()
    {
        ObjectiveArms dpo = Assert.Single(ObjectiveArms.ParseList("dpo", null, Recipe));
        Assert.Equal(("dpo(beta=0.05)", new Dpo { Beta = 0.05 }), (dpo.Spec.Text, dpo.Spec.Objective));
        Assert.Equal(
            new Dpo { Beta = 0.2 },
            Assert.Single(ObjectiveArms.ParseList("dpo(beta=0.2)", null, Recipe)).Spec.Objective
        );
    }

    [Theory]
    [InlineData("simper,simper", null, "same objective")]
    [InlineData("dpo,dpo(beta=0.05)", null, "same objective")]
    [InlineData("simper@fast", null, "\"fast\" is no learning rate")]
    [InlineData("simper@1e-5@1e-5", null, "given twice")]
    [InlineData("simper", "1e-5,2", "\"2\" is no learning rate")]
    [InlineData("simper", "", "\"\" is no learning rate")]
    [InlineData("", null, "No objective")]
    [InlineData("simper(beta=1)", null, "no meaning for SimPER")]
    public void What_cannot_be_read_is_a_sentence(string objectives, string? rates, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<SimperException>(() => ObjectiveArms.ParseList(objectives, rates, Recipe)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Arms_have_files_of_their_own()
    {
        Arm[] arms =
        [
            .. ObjectiveArms
                .ParseList("dpo(beta=0.1),dpo(beta=0.2),simper", "1e-5,1.5e-5", new Recipe())
                .SelectMany(o => o.Rates.SelectMany(r => new[] { 1L, 2 }.Select(seed => new Arm(o.Spec, r, seed)))),
        ];
        Assert.Equal(12, arms.Select(a => a.FileName).Distinct().Count());
        Assert.Equal(("1.5e-5", "dpo(beta=0.1), rate 1e-5, seed 1"), (arms[2].Rate, arms[0].Name));
    }
}
