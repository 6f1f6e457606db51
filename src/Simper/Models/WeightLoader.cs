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
        return checkpoint.Read(name);
    }

    // The slot's parts as they lie in the file, where one of them is quantised and all can stay there.
    private PackedMatrix? Map(WeightSlot slot)
    {
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

    // Some tools store a tied matrix under the head's name only.
    private string NameInFile(string published) =>
        shape.TiedHead && published == names.Embedding + ".weight" && !checkpoint.Tensors.ContainsKey(published)
            ? names.Head + ".weight"
            : published;

    private bool IsHarmless(string name) =>
        (shape.TiedHead && name == names.Head + ".weight")
        || names.IgnoredEndings.Any(e => name.EndsWith(e, StringComparison.Ordinal));

    private Tensor Fault(WeightPart part, string fault)
    {
        _faults.Add(fault);
        return zeros(part.Shape);
    }
}
