using Simper.Objectives;
using Simper.Runs;

namespace Simper.Tests.Runs;

public class ObjectiveSpecTests
{
    private static ObjectiveSpec Parse(string text) => ObjectiveSpec.Parse(text, ObjectiveCatalog.Standard);

    [Fact]
    public void A_name_alone_has_the_authors_hyperparameters()
    {
        Assert.All(
            ObjectiveCatalog.Standard.Kinds,
            kind => Assert.Equal((kind.Name, kind.Default), (Parse(kind.Name).Text, Parse(kind.Name).Objective))
        );
        Assert.Equal(new Dpo(), Parse("sigmoid").Objective);
    }

    [Fact]
    public void Hyperparameters_stand_in_brackets()
    {
        Assert.Equal(new SimPo { Beta = 3, Gamma = 1.5 }, Parse("simpo( beta=3, simpo_gamma=1.5 )").Objective);
        Assert.Equal("simpo(beta=3,simpo_gamma=1.5)", Parse("simpo( beta=3, simpo_gamma=1.5 )").Text);
        Assert.Equal(new SimPo { Beta = 10, Gamma = 3 }, Parse("simpo(beta=10,gamma_beta_ratio=0.3)").Objective);
        Assert.Equal(new Dpo { UseWeighting = true }, Parse("dpo(use_weighting=true)").Objective);
        Assert.Equal(new SimPer(), Parse("simper()").Objective);
    }

    [Fact]
    public void A_list_is_split_outside_of_brackets()
    {
        IReadOnlyList<ObjectiveSpec> specs = ObjectiveSpec.ParseList(
            "simper, dpo(beta=0.01) ,simpo(beta=2,simpo_gamma=1),dpo",
            ObjectiveCatalog.Standard
        );
        Assert.Equal(["simper", "dpo(beta=0.01)", "simpo(beta=2,simpo_gamma=1)", "dpo"], specs.Select(s => s.Text));
        Assert.Equal(
            [new SimPer(), new Dpo { Beta = 0.01 }, new SimPo { Beta = 2, Gamma = 1 }, new Dpo()],
            specs.Select(s => s.Objective)
        );
    }

    [Theory]
    [InlineData("simppo", "\"simppo\": loss_type is \"simppo\"; it has to be one of simper, sft")]
    [InlineData("simper(beta=2)", "beta has no meaning for SimPER")]
    [InlineData("dpo(gamma=2)", "gamma has no meaning for loss_type dpo")]
    [InlineData("dpo(beta=-1)", "\"dpo(beta=-1)\": beta is \"-1\"; it has to be a number")]
    [InlineData("dpo(beta=1", "name(key=value,key=value)")]
    [InlineData("dpo beta=1)", "name(key=value,key=value)")]
    [InlineData("dpo(beta=1)x", "name(key=value,key=value)")]
    [InlineData("dpo(beta)", "\"beta\" has to be key=value")]
    [InlineData("dpo(beta=1,beta=2)", "beta is given twice")]
    [InlineData("(beta=1)", "name is missing")]
    public void What_is_wrong_is_named(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<SimperException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(" , ", "No objective is named")]
    [InlineData("dpo,sigmoid", "dpo and sigmoid are the same objective")]
    public void A_list_names_each_objective_once(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<SimperException>(() => ObjectiveSpec.ParseList(text, ObjectiveCatalog.Standard)).Message,
            StringComparison.Ordinal
        );
}
