using Simper.Models;
using Simper.Models.Weights;

namespace Simper.Training;

/// <summary>AdamW's hyperparameters, with transformers' defaults.</summary>
public sealed record AdamWSettings
{
    /// <summary><c>adam_beta1</c></summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary><c>adam_beta2</c></summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary><c>adam_epsilon</c></summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary><c>weight_decay</c>, of matrices; norms and biases never decay.</summary>
    public double WeightDecay { get; init; }

    internal AdamW Create(IEnumerable<Parameter> parameters) =>
        new(parameters)
        {
            Beta1 = Beta1,
            Beta2 = Beta2,
            Epsilon = Epsilon,
            WeightDecay = WeightDecay,
        };
}
