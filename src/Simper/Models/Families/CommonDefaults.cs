using Simper.Kernels;

namespace Simper.Models.Families;

/// <summary>What a family assumes where its config says nothing, and the keys that it names differently.</summary>
internal sealed record CommonDefaults
{
    /// <summary>Width of a head; null to divide the model's width by the heads.</summary>
    public int? HeadWidth { get; init; }

    /// <summary>Key and value heads; null for as many as query heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>The key of the MLP's activation function.</summary>
    public string ActivationKey { get; init; } = "hidden_act";

    public string Activation { get; init; } = "silu";

    /// <summary>Whether the head is tied.</summary>
    public bool IsTied { get; init; }

    public int MaxPositions { get; init; } = 2048;

    /// <summary>The key of the norms' epsilon.</summary>
    public string EpsilonKey { get; init; } = "rms_norm_eps";

    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies.</summary>
    public double Theta { get; init; } = RotaryConfig.DefaultTheta;

    /// <summary>Which part of a head is rotated; null where the family rotates all of it and knows no such key.</summary>
    public double? RotaryShare { get; init; }
}
