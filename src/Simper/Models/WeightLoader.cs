using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// Reads the slots of a model from a checkpoint. First <see cref="Expect"/>: everything missing, misshapen, of a wrong type or
/// left over is refused at once, before a weight is read. Then each value goes from the file to where it stays, or stays in the
/// file.
/// </summary>
/// <param name="checkpoint">The checkpoint.</param>
/// <param name="names">The family's names.</param>
/// <param name="shape">The shape by its config.</param>
/// <param name="quantisation">How matrices that do not train are quantised.</param>
internal sealed class WeightLoader(
    Checkpoint checkpoint,
    NameMap names,
    DecoderShape shape,
    FrozenQuantisation quantisation = default
)
{
    private readonly HashSet<string> _used = [];
    private readonly List<(string Name, long Count)> _nonFinite = [];

    /// <summary>Tensors with values that are NaN or infinite, and how many, as far as they were read.</summary>
    public IReadOnlyList<(string Name, long Count)> NonFinite => _nonFinite;

    /// <summary>The tensors that the checkpoint names otherwise than the family, by the family's names.</summary>
    public Dictionary<string, string> OwnNames { get; } = new(StringComparer.Ordinal);

    /// <exception cref="SimperException">The checkpoint and the config do not fit each other.</exception>
    public void Expect(IEnumerable<WeightSlot> slots)
    {
        List<string> faults = [.. slots.SelectMany(s => s.Parts).Select(Fault).OfType<string>()];
        faults.AddRange(
            checkpoint
                .Tensors.Keys.Where(name => !_used.Contains(name) && !IsHarmless(name))
                .Select(name => $"{name} is not expected")
        );
        ExpectQuantisable();
        if (faults.Count > 0)
            throw new SimperException($"{checkpoint.Path}: the weights do not fit config.json: {FileFault.Several(faults)}.");
    }

    /// <summary>The slot's weight.</summary>
    /// <param name="slot">The slot, which was expected.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="trains">Whether it trains.</param>
    /// <param name="frozen">How a matrix that does not train is kept.</param>
    /// <param name="mapped">Whether such a matrix may stay in the file, mapped, where it needs no conversion.</param>
    public Weight Load(WeightSlot slot, KernelSet kernels, bool trains, FrozenWeights frozen, bool mapped)
    {
        bool isMatrix = slot.Kind == SlotKind.Matrix;
        bool staysPacked = frozen == FrozenWeights.Packed || quantisation.IsSet;
        if (isMatrix && !trains && staysPacked && Map(slot) is { } packed)
            return new PackedWeight(slot.Name, packed, kernels);
        if (isMatrix && !trains && quantisation.IsSet && QuantisedAs() is null && IsQuantisable(slot))
            return Quantised(slot, kernels);
        if (isMatrix && !trains && mapped && View(slot, kernels) is { } view)
            return new FloatWeight(slot.Name, view, kernels, isMatrix, trains);
        return Weight.Filled(slot.Name, slot.Shape, into => Fill(slot, into), kernels, isMatrix, trains);
    }

    /// <summary>Reads the slot's values into a tensor of its shape, converted to that tensor's dtype.</summary>
    public void Fill(WeightSlot slot, Tensor into)
    {
        foreach ((WeightPart part, long row) in slot.PartsInRows)
        {
            string name = NameInFile(part.Name);
            using Tensor rows = into.narrow(0, row, part.Rows);
            if (part.Layout is null)
                Count(name, checkpoint.ReadInto(name, rows));
            else
            {
                using Tensor read = checkpoint.Read(name);
                using Tensor own = part.Layout.ToRows(read);
                rows.copy_(own);
                Count(name, Checkpoints.NonFinite.Count(read));
            }
        }
    }

    // The matrix as it lies in the file. Looking for values that are not finite also brings it into memory, in order.
    private Tensor? View(WeightSlot slot, KernelSet kernels)
    {
        if (slot.Parts is not [{ Layout: null } part] || kernels.Device.type != TorchSharp.DeviceType.CPU)
            return null;
        string name = NameInFile(part.Name);
        if (checkpoint.Tensors[name].DType != kernels.Precision.Compute || checkpoint.View(name) is not { } view)
            return null;
        Count(name, Checkpoints.NonFinite.Count(view));
        return view;
    }

    private void Count(string name, long nonFinite)
    {
        if (nonFinite > 0)
            _nonFinite.Add((name, nonFinite));
    }

    // As blocks, or, where rows are no whole ones, their values.
    private Weight Quantised(WeightSlot slot, KernelSet kernels)
    {
        var quantiser = new FrozenQuantiser(checkpoint.Source, kernels.Precision.Compute, quantisation);
        var packed = new List<PackedRows>();
        var values = new List<Tensor>();
        foreach (WeightPart part in slot.Parts)
        {
            string name = NameInFile(part.Name);
            (PackedRows? rows, Tensor? dequantised) = quantiser.Read(part, name);
            if (rows is not null)
                packed.Add(rows);
            else
                values.Add(dequantised!);
            Count(name, quantiser.TakeNonFinite());
        }
        if (values.Count == 0)
            return new PackedWeight(slot.Name, new PackedMatrix([.. packed]), kernels);
        using Tensor whole = cat(values, 0);
        values.ForEach(v => v.Dispose());
        return Weight.Of(slot.Name, whole, kernels, isMatrix: true, trains: false);
    }

    /// <summary>
    /// Linear layers of a block, as bitsandbytes replaces them; not the embedding and the head, nor a router and experts that are
    /// one tensor of three axes, which are no linear layers there.
    /// </summary>
    private static bool IsQuantisable(WeightSlot slot) =>
        NameMap.IsOfLayer(slot.Name)
        && !slot.Name.EndsWith(NameMap.RouterSlot, StringComparison.Ordinal)
        && slot.Parts.All(p => p.Shape.Length == 2);

    // The first quantised type of the file; null for none.
    private string? QuantisedAs() =>
        checkpoint.Tensors.Values.FirstOrDefault(t => SafetensorsType.Named(t.FileType) is null)?.FileType;

    private void ExpectQuantisable()
    {
        if (quantisation.IsSet && QuantisedAs() is { } type && type != quantisation.Name)
            throw new SimperException(
                $"{checkpoint.Path} is quantised already ({type}); load it without load_in_4bit and load_in_8bit, or take the "
                    + "model as it was before."
            );
    }

    // What is wrong with a tensor; null for nothing.
    private string? Fault(WeightPart part)
    {
        string name = NameInFile(part.Name);
        if (!checkpoint.Tensors.TryGetValue(name, out TensorEntry? entry))
            return $"{part.Name} is missing";
        _used.Add(name);
        if (name != part.Name && name == part.Name[(names.OptionalPrefix?.Length ?? 0)..])
            OwnNames[part.Name] = name;
        if (!Fits(entry, part))
            return $"{part.Name} is [{string.Join(", ", entry.Shape)}], not [{string.Join(", ", part.Shape)}]";
        return entry.DType is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float64
            ? null
            : $"{part.Name} is of type {entry.FileType}, not of F32, F16 or BF16";
    }

    // The slot's parts as they lie in the file, where one of them is quantised and all can stay there.
    private PackedMatrix? Map(WeightSlot slot)
    {
        if (slot.Shape.Length != 2 || slot.Parts.Any(p => p.Layout is { InputsFirst: true } || p.Shape.Length != 2))
            return null;
        PackedRows?[] rows = [.. slot.Parts.Select(Map)];
        if (rows.Any(r => r is null) || !rows.Any(r => r!.Type.Decoder is not null))
        {
            foreach (PackedRows? part in rows)
                part?.Dispose();
            return null;
        }
        return new PackedMatrix(rows!);
    }

    // Rows in another order are copied where they are in memory of their own; those of a file stay as they are, or do not.
    private PackedRows? Map(WeightPart part)
    {
        PackedRows? rows = checkpoint.Map(NameInFile(part.Name));
        if (rows is null || part.Layout?.Order is not { } order)
            return rows;
        using (rows)
            return BitsAndBytesTypes.Every.Contains(rows.Type) ? rows.Reordered(order) : null;
    }

    private static bool Fits(TensorEntry entry, WeightPart part) => entry.Shape.AsSpan().SequenceEqual(part.Shape);

    // Some tools store a tied matrix under the head's name only, and some checkpoints leave out the beginning of all names.
    private string NameInFile(string published)
    {
        if (checkpoint.Tensors.ContainsKey(published))
            return published;
        if (shape.TiedHead && published == names.Embedding + ".weight" && checkpoint.Tensors.ContainsKey(names.Head + ".weight"))
            return names.Head + ".weight";
        return names.OptionalPrefix is { } prefix && published.StartsWith(prefix, StringComparison.Ordinal)
            ? published[prefix.Length..]
            : published;
    }

    private bool IsHarmless(string name) =>
        (shape.TiedHead && name == names.Head + ".weight")
        || names.IgnoredEndings.Any(e => name.EndsWith(e, StringComparison.Ordinal));
}
