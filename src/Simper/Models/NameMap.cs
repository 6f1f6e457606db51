using System.Globalization;

namespace Simper.Models;

/// <summary>
/// The published weight names of a family, as a table: code of a family never touches a tensor. "{0}" stands for the layer, "{1}"
/// for the head or the expert; ".weight" and ".bias" are appended. Where several published matrices are stacked in one of ours,
/// their rows follow one another.
/// </summary>
internal sealed record NameMap
{
    public required string Embedding { get; init; }

    /// <summary>Learned positions, if the family has them.</summary>
    public string? Positions { get; init; }

    public required string FinalNorm { get; init; }

    public required string Head { get; init; }

    /// <summary>The norm before attention.</summary>
    public string? AttentionNorm { get; init; }

    /// <summary>The norm before the MLP.</summary>
    public string? MlpNorm { get; init; }

    public string? Query { get; init; }

    public string? Key { get; init; }

    public string? Value { get; init; }

    /// <summary>Queries, keys and values in one matrix, in place of three.</summary>
    public string? QueryKeyValue { get; init; }

    public required string Output { get; init; }

    public string? Gate { get; init; }

    public string? Up { get; init; }

    /// <summary>Gate and up in one matrix, in place of two.</summary>
    public string? GateUp { get; init; }

    public string? Down { get; init; }

    /// <summary>Norms of queries and keys, if the family has them.</summary>
    public string? QueryNorm { get; init; }

    /// <inheritdoc cref="QueryNorm"/>
    public string? KeyNorm { get; init; }

    /// <summary>The norm of attention's output, if the family has one.</summary>
    public string? AttentionPostNorm { get; init; }

    /// <summary>The norm of the MLP's output, if the family has one.</summary>
    public string? MlpPostNorm { get; init; }

    /// <summary>Attention sinks, if the family has them; nothing is appended.</summary>
    public string? Sinks { get; init; }

    /// <summary>The router of sparse layers.</summary>
    public string? Router { get; init; }

    public string? ExpertGate { get; init; }

    public string? ExpertUp { get; init; }

    public string? ExpertDown { get; init; }

    /// <summary>
    /// Gate and up of all experts in one tensor [E, inputs, outputs], their columns alternating; nothing is appended, "_bias" for
    /// biases.
    /// </summary>
    public string? ExpertsGateUp { get; init; }

    /// <summary>The same of down, its columns as they are.</summary>
    public string? ExpertsDown { get; init; }

    /// <summary>Whether matrices are stored [inputs, outputs] (Conv1D).</summary>
    public bool InputsFirst { get; init; }

    /// <summary>Whether rows of <see cref="QueryKeyValue"/> go head by head: query, key and value of one, then of the
    /// next.</summary>
    public bool HeadByHead { get; init; }

    /// <summary>Whether rotations pair neighbours (0, 1), (2, 3), ... instead of halves.</summary>
    public bool PairsNeighbours { get; init; }

    /// <summary>The beginning of names that some checkpoints leave out.</summary>
    public string? OptionalPrefix { get; init; }

    /// <summary>
    /// Published tensors that are redundant (rotary frequencies of old checkpoints), by the end of their names.
    /// </summary>
    public IReadOnlyList<string> IgnoredEndings { get; init; } = [];

    /// <summary>All weights of a model, in order of its forward pass; a tied head is the embedding.</summary>
    public IEnumerable<WeightSlot> Slots(DecoderShape shape) => new WeightSlots(this, shape).All();

    /// <summary>Name prefix of a layer's slots.</summary>
    public static string Prefix(int layer) => string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.");

    /// <summary>The end of a router's slot.</summary>
    public const string RouterSlot = "router";

    /// <summary>Whether a slot is of a layer: not the embedding, positions, the last norm and the head.</summary>
    public static bool IsOfLayer(string slot) => slot.StartsWith("layers.", StringComparison.Ordinal);

    /// <summary>A slot that each head has one of.</summary>
    public static string OfHead(string slot, int head) => string.Create(CultureInfo.InvariantCulture, $"{slot}.{head}");
}
