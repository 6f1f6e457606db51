using System.Text.Json.Nodes;
using Simper.Kernels;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Testing;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Golden;

/// <summary>Reads reference files, and puts their questions to a model by the product's own path.</summary>
internal static class GoldenFile
{
    public static JsonNode Read(params string[] parts) => JsonNode.Parse(File.ReadAllText(SharedFiles.Path(parts)))!;

    public static int[] Ids(this JsonNode node) => [.. node.AsArray().Select(n => (int)n!)];

    public static double[] Doubles(this JsonNode node) => [.. node.AsArray().Select(n => (double)n!)];

    /// <summary>A pair of given ids, all answer tokens scored.</summary>
    public static TokenizedGroup Pair(JsonNode prompt, JsonNode chosen, JsonNode rejected, int row = 0)
    {
        TokenizedAnswer Answer(JsonNode ids) => new() { Ids = ids.Ids(), IsScored = [.. ids.Ids().Select(_ => true)] };
        return new TokenizedGroup
        {
            Prompt = prompt.Ids(),
            Answers = [Answer(chosen), Answer(rejected)],
            Row = row,
        };
    }

    /// <summary>Logits of a whole sequence [T, V], in double precision for comparison.</summary>
    public static Tensor Logits(LanguageModel model, int[] ids)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Decoder decoder = model.Decoder;
        Tensor hidden = decoder.Forward(tensor(ids.Select(i => (long)i).ToArray()), TokenLayout.Of((ids.Length, -1)), tape: null);
        return decoder.Head.Logits(decoder.Head.Norm(hidden).Normalised).to(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>Loss and gradients of a mean over groups, by the trainer's own accumulation.</summary>
    public static IReadOnlyList<PairOutcome> Accumulate(
        LanguageModel model,
        IReadOnlyList<TokenizedGroup> groups,
        Objective objective,
        Simper.Training.Reference? references = null
    )
    {
        foreach (Parameter parameter in model.Parameters)
            parameter.ClearGradient();
        return new Trainer(model, groups, objective) { References = references }
            .Accumulate(groups)
            .Outcomes;
    }

    /// <summary>The norm of all gradients.</summary>
    public static double NormOf(LanguageModel model) => GradientNorm.Of(model.Parameters);

    /// <summary>Σ g, ‖g‖ and the first entries of a published gradient.</summary>
    public static (double L2, double Sum, double[] Numbers) Gradient(LanguageModel model, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor gradient = model.PublishedGradients().Single(p => p.Name == name).Tensor().to(ScalarType.Float64);
        return (gradient.norm().item<double>(), gradient.sum().item<double>(), Numbers.Of(gradient.flatten()));
    }

    /// <summary>Greedy ids by the product's generator.</summary>
    public static int[] Greedy(LanguageModel model, int[] prompt, int count) =>
        [
            .. new Simper.Generation.TextGenerator(model)
                .Generate([prompt], new Simper.Generation.SamplingSettings { MaxNewTokens = count })[0]
                .Ids,
        ];

    public static void Close(double expected, double actual, double tolerance, string what) =>
        Assert.True(
            Math.Abs(expected - actual) <= tolerance,
            $"{what}: {actual:R}, expected {expected:R}, off by {Math.Abs(expected - actual):E2} > {tolerance:E1}"
        );
}
