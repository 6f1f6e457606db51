using Simper.Models.Adapters;

namespace Simper.Models.Gguf;

/// <summary>An adapted module within a tensor of a GGUF file.</summary>
/// <param name="Stored">The tensor.</param>
/// <param name="Module">The module.</param>
/// <param name="Expert">Which of the tensor's experts it is; 0 where there are none.</param>
/// <param name="FirstRow">Its first row in the tensor, or in the expert's part of it.</param>
internal sealed record AdaptedRowsOfTensor(GgufStored Stored, AdaptableModule Module, long Expert, long FirstRow)
{
    /// <summary>How many experts the tensor has; 0 where it has none.</summary>
    public long Experts => Stored.Shape.Length == 3 ? Stored.Shape[0] : 0;

    /// <summary>The tensor's rows, or an expert's.</summary>
    public long Rows => Stored.Shape[^2];

    /// <summary>Where all modules of a model are that lie in one tensor.</summary>
    /// <param name="names">The published names.</param>
    /// <param name="form">How the model is said to llama.cpp.</param>
    /// <param name="fusions">What the file stores as one.</param>
    public static IEnumerable<AdaptedRowsOfTensor> All(NameMap names, GgufForm form, GgufFusions fusions)
    {
        DecoderShape shape = form.Shape;
        WeightSlot[] slots = [.. names.Slots(shape).Where(s => s.Kind == SlotKind.Matrix)];
        ILookup<string, AdaptableModule> modules = AdaptableModule.Of(names, shape).ToLookup(m => m.Slot);
        foreach (GgufStored stored in new GgufLayout(form.Architecture, shape, fusions).Of(slots))
        {
            long before = 0;
            foreach (SlotRows rows in stored.Sources)
            {
                foreach (AdaptableModule module in modules[rows.Slot])
                {
                    long first = module.RowInSlot;
                    if (first < rows.Start || first + module.Rows > rows.Start + rows.Count)
                        continue;
                    long row = before + first - rows.Start;
                    yield return new AdaptedRowsOfTensor(stored, module, row / stored.Shape[^2], row % stored.Shape[^2]);
                }
                before += rows.Count;
            }
        }
    }
}
