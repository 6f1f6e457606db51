using Simper.Objectives;

namespace Simper.Tests.Objectives;

/// <summary>The keys of all objectives: each sets one property and reads the same one back.</summary>
public class HyperparameterTests
{
    public static TheoryData<string> Names => [.. ObjectiveCatalog.Standard.Kinds.Select(k => k.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_key_reads_back_what_was_set_and_leaves_the_others_alone(string name)
    {
        ObjectiveKind kind = ObjectiveCatalog.Standard.Find(name)!;
        foreach (Hyperparameter key in kind.Hyperparameters)
        {
            double[] values = key.Words.Count > 0 ? [.. Enumerable.Range(0, key.Words.Count)] : [0.25, 0.375];
            foreach (double value in values)
            {
                Objective set = key.Set(kind.Default, value);
                Assert.Equal(value, key.Get(set));
                foreach (Hyperparameter other in kind.Hyperparameters.Where(k => k.Key != key.Key))
                    Assert.Equal(other.Get(kind.Default), other.Get(set));
            }
        }
    }

    // Where a loss divides by its scale or takes the logarithm of a share, the bound keeps away from there.
    [Theory]
    [MemberData(nameof(Names))]
    public void Bounds_are_those_within_which_the_loss_is_defined(string name)
    {
        ObjectiveKind kind = ObjectiveCatalog.Standard.Find(name)!;
        foreach (Hyperparameter key in kind.Hyperparameters.Where(k => k.Words.Count == 0))
        {
            (double low, double high) = key.Key switch
            {
                "beta" or "discopop_tau" => (1e-6, 1e6),
                "label_smoothing" => (0, name == "exo_pair" ? 0.999999 : 0.499999),
                "alpha" when kind.Default is ReferenceFreeObjective => (-100, 100),
                "f_alpha_divergence_coef" => (-100, 100),
                "ld_alpha" => (0, 1),
                _ => (0, 1e6),
            };
            Assert.Equal((key.Key, low, high), (key.Key, key.Low, key.High));
            Assert.InRange(key.Get(kind.Default)!.Value, low, high);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_recipe_is_for_the_cpo_trainer_by_its_likelihood_its_exponent_or_its_margin(string name)
    {
        ObjectiveKind kind = ObjectiveCatalog.Standard.Find(name)!;
        foreach (Hyperparameter key in kind.Hyperparameters)
        {
            bool isOfCpo =
                key.Key is "cpo_alpha" or "simpo_gamma" || (key.Key == "alpha" && kind.Default is ReferenceFreeObjective);
            Assert.Equal((key.Key, isOfCpo), (key.Key, key.IsOfCpoTrainer));
            Assert.Equal((key.Key, key.Key == "ld_alpha"), (key.Key, key.MayBeEmpty));
        }
    }

    [Fact]
    public void Words_and_numbers_reach_the_properties_they_name()
    {
        Objective Set(ObjectiveKind kind, string key, double? value) =>
            kind.Hyperparameters.Single(k => k.Key == key).Set(kind.Default, value);
        Assert.Equal(new Ipo { Averages = false }, Set(Ipo.Kind, "ipo_average", 0));
        Assert.Equal(new Orpo { CountsPrompt = true }, Set(Orpo.Kind, "orpo_nll_on_prompt", 1));
        Assert.Equal(new Sft { CompletionOnly = false }, Set(Sft.Kind, "completion_only_loss", 0));
        Assert.Equal(new Sft { Dynamic = true }, Set(Sft.Kind, "dynamic", 1));
        Assert.Equal(new Dpo { UseWeighting = true }, Set(Dpo.Kind, "use_weighting", 1));
        Assert.Equal(new Dpo { LengthDesensitization = 1 }, Set(Dpo.Kind, "ld_alpha", null)); // empty: switched off
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_divergence_is_refused_exactly_where_the_loss_is_not_a_function_of_its_difference(string name)
    {
        ObjectiveKind kind = ObjectiveCatalog.Standard.Find(name)!;
        Assert.Null(kind.Default.Fault);
        if (kind.Hyperparameters.SingleOrDefault(k => k.Key == "f_divergence_type") is not { } key)
            return;
        bool takesNone = name is "aot" or "aot_unpaired" or "apo_down" or "apo_zero" or "bco_pair" or "cal_dpo" or "nca_pair";
        Assert.Equal(takesNone || name is "sppo_hard", key.Set(kind.Default, 1).Fault is not null);
    }

    [Fact]
    public void An_objective_is_found_by_name_alias_and_variant_and_replaced_by_one_of_its_name()
    {
        ObjectiveCatalog standard = ObjectiveCatalog.Standard;
        Assert.Same(Dpo.Kind, standard.Find("dpo"));
        Assert.Same(Dpo.Kind, standard.Find("sigmoid"));
        Assert.Same(Sft.Kind, standard.Find("dft"));
        Assert.Null(standard.Find("none of them"));
        var other = new ObjectiveKind<Dpo>(new Dpo { Beta = 3 });
        ObjectiveCatalog replaced = standard.With(other);
        Assert.Equal(standard.Kinds.Count, replaced.Kinds.Count);
        Assert.Same(other, replaced.Find("dpo"));
        Assert.Same(SimPer.Kind, replaced.Find("simper"));
    }

    [Fact]
    public void Mixtures_are_equal_where_their_parts_are()
    {
        Mixture Of(double weight) => new((new Dpo(), 1), (new Sft(), weight));
        Assert.Equal(Of(0.5), Of(0.5));
        Assert.Equal(Of(0.5).GetHashCode(), Of(0.5).GetHashCode());
        Assert.NotEqual(Of(0.5), Of(0.25));
        Assert.False(Of(1).Equals(null));
    }
}
