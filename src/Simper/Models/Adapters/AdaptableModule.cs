namespace Simper.Models.Adapters;

/// <summary>What kind of layer a module is, for an adapter.</summary>
internal enum ModuleKind
{
    Linear,
    Expert,
    Embedding,
    Head,
}

/// <summary>A published module that an adapter may change, and where its weight lies in ours.</summary>
/// <param name="Name">Its path, as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Slot">The slot of its weight.</param>
/// <param name="FirstRow">Its first row there; of an expert's, from the expert's first row on.</param>
/// <param name="Rows">Its outputs; of the embedding, its words.</param>
/// <param name="Columns">Its inputs.</param>
internal sealed record AdaptableModule(string Name, ModuleKind Kind, string Slot, long FirstRow, long Rows, long Columns)
{
    /// <summary>The expert's number.</summary>
    public int Expert { get; init; }

    /// <summary>Its first row in the slot, of an expert's too.</summary>
    public long RowInSlot { get; private init; }

    /// <summary>The order of our rows, where it is not the published one.</summary>
    public WeightLayout? Order { get; init; }

    /// <summary>Whether the published weight is [inputs, outputs].</summary>
    public bool InputsFirst { get; init; }

    private const string WeightEnding = ".weight";

    /// <summary>All of a model. Matrices of all experts in one tensor are no modules.</summary>
    public static IReadOnlyList<AdaptableModule> Of(NameMap names, DecoderShape shape)
    {
        var found = new List<AdaptableModule>();
        foreach (WeightSlot slot in names.Slots(shape).Where(s => s.Kind == SlotKind.Matrix && s.Name != "positions"))
        {
            bool isExperts = slot.Name.Contains(".experts_", StringComparison.Ordinal);
            int experts = isExperts ? shape.Experts!.Count : 1;
            ModuleKind kind =
                slot.Name == "embedding" ? ModuleKind.Embedding
                : slot.Name == "head" ? ModuleKind.Head
                : isExperts ? ModuleKind.Expert
                : ModuleKind.Linear;
            long rowsOfExpert = slot.Shape[0] / experts;
            foreach ((WeightPart part, long row) in slot.PartsInRows)
            {
                if (part.Name.EndsWith(WeightEnding, StringComparison.Ordinal))
                    found.Add(
                        new AdaptableModule(
                            part.Name[..^WeightEnding.Length],
                            kind,
                            slot.Name,
                            row % rowsOfExpert,
                            part.Rows,
                            slot.Shape[1]
                        )
                        {
                            Expert = (int)(row / rowsOfExpert),
                            RowInSlot = row,
                            Order = part.Layout?.Order is { } order ? new WeightLayout { Order = order } : null,
                            InputsFirst = part.Layout?.InputsFirst ?? false,
                        }
                    );
            }
        }
        if (shape.TiedHead)
            found.Add(new AdaptableModule(names.Head, ModuleKind.Head, "head", 0, shape.Vocabulary, shape.Width));
        return found;
    }
}
