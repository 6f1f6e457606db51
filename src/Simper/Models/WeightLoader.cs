using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// Reads the slots of a model from a checkpoint. Everything missing, misshapen or left over is collected, then refused at once.
/// </summary>
internal sealed class WeightLoader(Checkpoint checkpoint, NameMap names, DecoderShape shape)
{
    private readonly HashSet<string> _used = [];
    private readonly List<string> _faults = [];

    /// <summary>
    /// The slot's weight, or zeros if something was wrong: <see cref="ExpectNoneLeft"/> reports it all at once.
    /// </summary>
    public Weight Load(WeightSlot slot, KernelSet kernels, bool trains, FrozenWeights frozen)
    {
        bool isMatrix = slot.Kind == SlotKind.Matrix;
        if (isMatrix && !trains && frozen == FrozenWeights.Packed && Map(slot) is { } packed)
            return new PackedWeight(slot.Name, packed, kernels);
        Tensor[] parts = [.. slot.Parts.Select(ReadPart)];
        return Weight.Of(slot.Name, parts.Length == 1 ? parts[0] : cat(parts, 0), kernels, isMatrix, trains);
    }

    /// <exception cref="SimperException">The checkpoint and the config do not fit each other.</exception>
    public void ExpectNoneLeft()
    {
        IEnumerable<string> left = checkpoint
            .Tensors.Keys.Where(name => !_used.Contains(name) && !IsHarmless(name))
            .Select(name => $"{name} is not expected");
        string[] faults = [.. _faults, .. left];
        if (faults.Length == 0)
            return;
        string more = faults.Length > 8 ? $" and {faults.Length - 8} more" : "";
        throw new SimperException(
            $"{checkpoint.Path}: the weights do not fit config.json: {string.Join("; ", faults.Take(8))}{more}."
        );
    }

    private Tensor ReadPart(WeightPart part)
    {
        string name = NameInFile(part.Name);
        if (!checkpoint.Tensors.TryGetValue(name, out TensorEntry? entry))
            return Fault(part, $"{part.Name} is missing");
        _used.Add(name);
        if (!Fits(entry, part))
            return Fault(part, $"{part.Name} is [{string.Join(", ", entry.Shape)}], not [{string.Join(", ", part.Shape)}]");
        Tensor read = checkpoint.Read(name);
        if (part.Layout is null)
            return read;
        using (read)
            return part.Layout.ToRows(read);
    }

    // The slot's parts as they lie in the file, where one of them is quantised and all can stay there.
    private PackedMatrix? Map(WeightSlot slot)
    {
        if (slot.Parts.Any(p => p.Layout is not null) || slot.Shape.Length != 2)
            return null;
        string[] names = [.. slot.Parts.Select(p => NameInFile(p.Name))];
        for (int i = 0; i < names.Length; i++)
        {
            if (!checkpoint.Tensors.TryGetValue(names[i], out TensorEntry? entry) || !Fits(entry, slot.Parts[i]))
                return null; // reading it says what is wrong
        }
        PackedRows?[] rows = [.. names.Select(checkpoint.Map)];
        if (rows.Any(r => r is null) || !rows.Any(r => r!.Type.Decoder is not null))
        {
            foreach (PackedRows? part in rows)
                part?.Dispose();
            return null;
        }
        _used.UnionWith(names);
        return new PackedMatrix(rows!);
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

    private Tensor Fault(WeightPart part, string fault)
    {
        _faults.Add(fault);
        return zeros(part.RowShape);
    }
}
