using Simper.Checkpoints;
using Simper.Models.Families;
using Simper.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models;

// Its weights under their published names: saved, replaced, hashed.
public sealed partial class LanguageModel
{
    private const long SavedAtOnce = 1 << 20; // values: 4 MB of floats, which stay in the processor's cache

    /// <summary>
    /// Saves a Hugging Face folder that other tools load: written aside, then renamed. Of a model with an adapter only the
    /// adapter, as PEFT stores it; see <see cref="SaveMerged"/>.
    /// </summary>
    /// <param name="folder">The folder to create; an existing one is replaced by the complete new one.</param>
    /// <param name="type">Dtype of the stored weights; the compute dtype when not given. Adapters are stored in float32.</param>
    public void Save(string folder, ScalarType? type = null)
    {
        if (Adapter is not null)
        {
            SaveAdapter(folder);
            return;
        }
        ScalarType stored = type ?? Precision.Compute;
        CheckpointWriter.SaveParts(
            folder,
            Files.ForSaving(),
            Stored((weight, start, rows) => weight.Values(start, rows)),
            stored
        );
    }

    /// <summary>The weights as they are saved, by the names that they came with.</summary>
    /// <param name="trained">Rows of a weight that trains; a new tensor, or a view.</param>
    internal IEnumerable<SavedTensor> Stored(Func<TensorWeight, long, long, Tensor> trained) =>
        Adapter?.Stored(trained) ?? StoredParts(trained);

    private IEnumerable<SavedTensor> StoredParts(Func<TensorWeight, long, long, Tensor> trained)
    {
        foreach ((WeightSlot slot, Weight weight) in _slots)
        {
            foreach ((WeightPart part, long start) in slot.PartsInRows)
                yield return new SavedTensor(
                    _ownNames.GetValueOrDefault(part.Name, part.Name),
                    TypeOf(weight),
                    part.Shape,
                    () =>
                        part.Layout is null ? Chunks(weight, start, part.Rows) : [Published(part, Rows(weight, start, part.Rows))]
                );
        }

        ScalarType TypeOf(Weight weight)
        {
            using Tensor row = Rows(weight, 0, 1);
            return row.dtype;
        }

        Tensor Rows(Weight weight, long start, long rows) =>
            weight is TensorWeight { IsTrainable: true } own ? trained(own, start, rows) : weight.Values(start, rows);

        IEnumerable<Tensor> Chunks(Weight weight, long start, long rows)
        {
            long chunk = Math.Max(1, SavedAtOnce / weight.Columns);
            for (long done = 0; done < rows; done += chunk)
                yield return OnCpu(Rows(weight, start + done, Math.Min(chunk, rows - done)));
        }
    }

    private void Replace(Checkpoint saved)
    {
        var loader = new WeightLoader(saved, Family.Of(Files.Config, Files.Source).Names, Shape);
        loader.Expect(_slots.Select(s => s.Slot));
        foreach ((WeightSlot slot, Weight weight) in _slots)
        {
            if (weight is not TensorWeight { IsTrainable: true } trained)
                continue;
            using Tensor values = Decoder.Kernels.Empty(Precision.Wide, slot.Shape);
            loader.Fill(slot, values);
            trained.Set(values);
        }
    }

    /// <summary>
    /// The weights under their published names and shapes, in the wide dtype where available, an adapter merged into them; each
    /// call of a function returns a new tensor, a view where possible, which the caller disposes.
    /// </summary>
    public IEnumerable<(string Name, Func<Tensor> Tensor)> Published() => MergedParts().Select(p => (p.Part.Name, p.Tensor));

    /// <summary>
    /// A hash of all current weights, in the order of the forward pass; under an adapter of its own, and of its model's files.
    /// </summary>
    internal string Fingerprint(CancellationToken cancel = default) =>
        Adapter is not null && _base!.BaseHash is { } files
            ? FileHash.Sha256(
                System.Text.Encoding.ASCII.GetBytes(
                    files + WeightsHash.Sha256(Adapter.Weights.SelectMany(w => Chunks(w, cancel)))
                )
            )
            : WeightsHash.Sha256(Weights.SelectMany(w => Chunks(w, cancel)));

    /// <summary>A number that changes with any bit of the weights as products read them and as they are saved.</summary>
    internal ulong QuickHash() => WeightsHash.Of(Weights.SelectMany(w => w.Memory));

    /// <summary>A number that changes with any bit that training changes: of split weights both halves.</summary>
    internal ulong StateHash() =>
        WeightsHash.Of(
            Weights.SelectMany(w =>
                w is TensorWeight { IsTrainable: true } trained ? trained.State.Select(s => s.Tensor) : w.Memory
            )
        );

    // 16 MB of floats at once
    private static IEnumerable<Tensor> Chunks(Weight weight, CancellationToken cancel)
    {
        long chunk = Math.Max(1, (4L << 20) / weight.Columns);
        for (long row = 0; row < weight.Rows; row += chunk)
        {
            cancel.ThrowIfCancellationRequested();
            yield return weight.Values(row, Math.Min(chunk, weight.Rows - row));
        }
    }

    /// <summary>Views of the gradients of what trains under their published names; zeros where there is none yet.</summary>
    internal IEnumerable<(string Name, Func<Tensor> Tensor)> PublishedGradients() =>
        Adapter is { } adapter
            ? adapter.Published((w, start, rows) => w.Parameter!.GradientBuffer().narrow(0, start, rows))
            : PublishedParts((_, w, start, rows) => w.Parameter!.GradientBuffer().narrow(0, start, rows), w => w.IsTrainable)
                .Select(p => (p.Part.Name, p.Tensor));

    private IEnumerable<(WeightPart Part, Func<Tensor> Tensor)> PublishedParts(
        Func<WeightSlot, Weight, long, long, Tensor> of,
        Func<Weight, bool>? which = null
    )
    {
        foreach ((WeightSlot slot, Weight weight) in _slots.Where(s => which?.Invoke(s.Weight) ?? true))
        {
            foreach ((WeightPart part, long start) in slot.PartsInRows)
                yield return (part, () => Published(part, of(slot, weight, start, part.Rows)));
        }
    }

    private static Tensor Published(WeightPart part, Tensor rows)
    {
        if (part.Layout is null)
            return OnCpu(rows);
        using (rows)
            return part.Layout.ToPublished(rows, part.Shape);
    }

    private static Tensor OnCpu(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU)
            return tensor;
        using (tensor)
            return tensor.cpu();
    }
}
