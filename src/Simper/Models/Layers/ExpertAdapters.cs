namespace Simper.Models.Layers;

/// <summary>The adapters of a layer's experts, by their numbers.</summary>
internal sealed record ExpertAdapters(IReadOnlyDictionary<int, LowRank> GateUp, IReadOnlyDictionary<int, LowRank> Down)
{
    /// <summary>Of no expert.</summary>
    public static IReadOnlyDictionary<int, LowRank> None { get; } = new Dictionary<int, LowRank>();
}
