using System.Text.Json.Nodes;

namespace Simper.Models.Gguf;

/// <summary>
/// An architecture of llama.cpp: which families it computes, how its file differs from others', and how its keys become a
/// config.json. Data, no maths.
/// </summary>
internal sealed record GgufArchitecture
{
    /// <summary>Its name, the prefix of its keys.</summary>
    public required string Name { get; init; }

    /// <summary>The <c>model_type</c>s whose models are written under it.</summary>
    public required IReadOnlyList<string> Families { get; init; }

    /// <summary>Adds to, and changes, what all configs have.</summary>
    public required Action<GgufSettings, JsonObject> Config { get; init; }

    /// <summary>Whether rotations pair neighbours, so that queries and keys are stored in that order.</summary>
    public bool PairsNeighbours { get; init; }

    /// <summary>Whether queries, keys and values are written as one matrix.</summary>
    public bool FusesQueryKeyValue { get; init; }

    /// <summary>Whether gate and up are written as one matrix.</summary>
    public bool FusesGateUp { get; init; }

    /// <summary>The name of the norm before the MLP.</summary>
    public string MlpNorm { get; init; } = "ffn_norm";

    /// <summary>Whether a head is always stored, also where it is the embedding.</summary>
    public bool NeedsHead { get; init; }

    /// <summary>Whether the head is always the embedding.</summary>
    public bool IsAlwaysTied { get; init; }

    /// <summary>Whether attention's output may have a bias.</summary>
    public bool HasOutputBias { get; init; }

    /// <summary>Whether MLPs may have biases.</summary>
    public bool HasMlpBias { get; init; }

    /// <summary>Every how many layers one has no window, if no key says it; 0 where llama.cpp computes no windows.</summary>
    public int WindowPeriod { get; init; }

    /// <summary>Whether rotations may be scaled as Llama 3 does it, by a tensor of divisors.</summary>
    public bool HasRotaryDivisors { get; init; }

    /// <summary>Whether rotations may have short and long divisors.</summary>
    public bool HasLongRope { get; init; }

    /// <summary>Whether all layers are sparse if any is.</summary>
    public bool HasExperts { get; init; }

    /// <summary>The scale of attention scores where there is no key for it; null for 1 / √E.</summary>
    public Func<DecoderShape, double>? AttentionScale { get; init; }

    /// <summary>Whether the keys hold scales of embeddings, scores, branches and logits.</summary>
    public bool HasMultipliers { get; init; }

    /// <summary>All architectures by name.</summary>
    public static IReadOnlyDictionary<string, GgufArchitecture> All { get; } =
        GgufArchitectures.List.ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <summary>The architecture that a family's models are written under.</summary>
    /// <exception cref="SimperException">llama.cpp has none for it.</exception>
    public static GgufArchitecture OfFamily(string modelType, string source) =>
        All.Values.FirstOrDefault(a => a.Families.Contains(modelType))
        ?? throw new SimperException(
            $"{source}: llama.cpp has no architecture for model_type \"{modelType}\"; export it as --format hf."
        );
}
