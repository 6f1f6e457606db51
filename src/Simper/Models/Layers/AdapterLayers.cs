namespace Simper.Models.Layers;

/// <summary>What an adapter adds to a decoder's layers, by the slots of their weights. Owns what layers cache, not
/// weights.</summary>
internal sealed class AdapterLayers : IDisposable
{
    /// <summary>Of linear layers and the head.</summary>
    public required IReadOnlyDictionary<string, LowRank> Linear { get; init; }

    /// <summary>Of experts, by their numbers.</summary>
    public required IReadOnlyDictionary<string, Dictionary<int, LowRank>> Experts { get; init; }

    public EmbeddingLowRank? Embedding { get; init; }

    /// <summary>Of what they read, or null.</summary>
    public AdapterDropout? Dropout { get; init; }

    /// <summary>The adapters of a slot; null for none.</summary>
    public LowRank? Of(string slot) => Linear.GetValueOrDefault(slot);

    /// <summary>The adapters of a slot of experts, by their numbers; none for another slot.</summary>
    public IReadOnlyDictionary<int, LowRank> OfExperts(string slot) =>
        Experts.TryGetValue(slot, out Dictionary<int, LowRank>? own) ? own : ExpertAdapters.None;

    public void Dispose()
    {
        foreach (LowRank adapters in Linear.Values.Concat(Experts.Values.SelectMany(e => e.Values)))
            adapters.Dispose();
    }
}
