using Simper.Experiments;
using Simper.Models;
using Simper.Objectives;
using Simper.Runs;
using Simper.Tensors;
using Simper.Tests.Checkpoints;
using Simper.Tests.Runs;

namespace Simper.Tests.Experiments;

public sealed class AnalysisMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private VariationSubject Subject(long? maxMemory)
    {
        Recipe recipe = DemoRecipe.In(_folder);
        return VariationSubject.OfFile(
            recipe.ModelNameOrPath,
            recipe.DatasetName,
            compared: null,
            recipe.MaxLength,
            Precision.Float32,
            maxMemory
        );
    }

    [Fact]
    public void Total_variation_is_measured_within_max_memory_or_refused()
    {
        string refusal = Assert.Throws<SimperException>(() => VariationStudy.Run(Subject(2_000_000))).Message;
        Assert.StartsWith("max_memory is 0.00 GB", refusal, StringComparison.Ordinal);
        Assert.Equal(12, VariationStudy.Run(Subject(null)).Sides[0].Answers.Count);
    }

    [Fact]
    public void A_model_beside_the_policy_has_passes_of_its_own_size()
    {
        using var setup = new RunSetup(DemoRecipe.In(_folder) with { MaxMemory = 4_000_000_000 }) { ForScoring = true };
        using LanguageModel other = LanguageModel.Load(setup.Recipe.ModelNameOrPath, Precision.Float64);
        Assert.InRange(setup.TokensPerScoringPassOf(other, setup.TrainTokens), 1, setup.TokensPerScoringPass);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Gradients_are_measured_within_max_memory_or_refused(int steps)
    {
        Recipe recipe = DemoRecipe.In(_folder);
        GradientStudy Study(long? memory) =>
            new(recipe with { MaxMemory = memory }, ObjectiveSpec.ParseList("simper", ObjectiveCatalog.Standard), new PairSample(2)) { Steps = steps };
        string refusal = Assert.Throws<SimperException>(() => Study(2_000_000).Events().Count()).Message;
        Assert.StartsWith("max_memory is 0.00 GB", refusal, StringComparison.Ordinal);
        GradientStudy study = Study(null);
        foreach (string _ in study.Events()) { }
        Assert.All(study.Found, f => Assert.Equal(2, f.Pairs.Count));
    }
}
