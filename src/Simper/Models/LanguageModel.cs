using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Models.Adapters;
using Simper.Models.Families;
using Simper.Models.Weights;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// A decoder language model with its tokenizer and chat template: loaded from a Hugging Face folder, a .gguf file or an adapter
/// of one, or initialised from a config. Owns its weights. Not thread safe; several models may be used from several threads.
/// </summary>
public sealed partial class LanguageModel : IDisposable
{
    private readonly IReadOnlyList<(WeightSlot Slot, Weight Weight)> _slots;
    private Dictionary<string, string> _ownNames = [];

    private LanguageModel(ModelFiles files, Decoder decoder, IReadOnlyList<(WeightSlot, Weight)> slots)
    {
        (Files, Decoder, _slots) = (files, decoder, slots);
        (Weights, Parameters) = (decoder.Weights, decoder.Parameters);
    }

    /// <summary>Sizes and choices of the architecture.</summary>
    public DecoderShape Shape => Decoder.Shape;

    /// <summary>The dtypes of its computations.</summary>
    public Precision Precision => Decoder.Precision;

    /// <summary>Every matrix and vector once, in order of the forward pass. A tied head is the embedding.</summary>
    public IReadOnlyList<Weight> Weights { get; }

    /// <summary>What trains of them.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Number of weights.</summary>
    public long ParameterCount => Weights.Sum(w => w.Count);

    /// <summary>How many of them train.</summary>
    public long TrainedCount => Parameters.Sum(p => p.Count);

    /// <summary>Bytes of all weights in memory, packed ones as the file has them.</summary>
    public long WeightBytes => Weights.Sum(w => w.Bytes);

    /// <summary>Config, tokenizer and template, as read or as they will be saved.</summary>
    public ModelFiles Files { get; internal set; }

    /// <summary>
    /// Tensors that came with values that are NaN or infinite, and how many. Formats allow them, but no answer of such a model
    /// can be relied on.
    /// </summary>
    public IReadOnlyList<(string Name, long Count)> NonFinite { get; private set; } = [];

    /// <summary>What is odd about its weights, in a sentence; null for nothing.</summary>
    public string? Warning =>
        NonFinite.Count == 0
            ? null
            : $"{Files.Source}: {NonFinite.Sum(t => t.Count)} weights are NaN or infinite, the first in {NonFinite[0].Name}; its "
                + "answers cannot be relied on.";

    /// <summary>Refuses what <see cref="Warning"/> warns of (<c>strict_finite</c>).</summary>
    /// <exception cref="SimperException">A weight is NaN or infinite.</exception>
    public void ExpectFinite()
    {
        if (Warning is { } warning)
            throw new SimperException($"{warning.TrimEnd('.')}; take another model, or use this one without strict_finite.");
    }

    internal Decoder Decoder { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">A Hugging Face folder, a .gguf file, or an adapter in either form, whose model is loaded too.</param>
    /// <param name="precision">Dtypes; float32 when not given.</param>
    /// <param name="trainable">Whether to keep master weights in the wide dtype; without them a bfloat16 model takes a third of
    /// the memory.</param>
    /// <param name="device">The device (<see cref="Devices"/>); the CPU when not given.</param>
    /// <param name="trains">Which published weights are trainable, by their names (<c>model.layers.0.mlp.down_proj.weight</c>);
    /// all when not given. The others have neither gradient nor moments, and nothing is computed for them.</param>
    /// <param name="frozen">How quantised matrices are kept that do not train.</param>
    /// <param name="mapped">Whether matrices of safetensors files that do not train may stay in the file, mapped, where they need
    /// no conversion. A file that is truncated while it is mapped ends the process: not for servers.</param>
    /// <param name="basePath">Of an adapter: the model that it adapts, where that is not at the place that the adapter names; a
    /// .gguf file names none.</param>
    /// <param name="cancel">Stops between two weights.</param>
    /// <param name="quantisation">How matrices that do not train are quantised at loading, where the checkpoint is not.</param>
    /// <exception cref="SimperException">The files are missing, damaged, of an unsupported architecture, or do not fit the
    /// config.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LanguageModel Load(
        string path,
        Precision? precision = null,
        bool trainable = true,
        Device? device = null,
        Func<string, bool>? trains = null,
        FrozenWeights frozen = FrozenWeights.Unpacked,
        bool mapped = false,
        string? basePath = null,
        CancellationToken cancel = default,
        FrozenQuantisation quantisation = default
    )
    {
        KernelSet kernels = KernelSet.For(precision ?? Precision.Float32, device);
        return AdapterSource.Find(path) is { } adapter
            ? LoadAdapted(adapter, basePath, kernels, trainable, frozen, mapped, cancel, quantisation)
            : Load(path, kernels, trainable ? trains ?? (_ => true) : _ => false, frozen, mapped, cancel, quantisation);
    }

    /// <summary>Loads a model that computes with the given kernels.</summary>
    internal static LanguageModel Load(
        string path,
        KernelSet kernels,
        Func<string, bool>? trains = null,
        FrozenWeights frozen = FrozenWeights.Unpacked,
        bool mapped = false,
        CancellationToken cancel = default,
        FrozenQuantisation quantisation = default
    )
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        ModelFiles files = ModelFiles.Of(checkpoint);
        Family family = Family.Of(checkpoint.Config, files.Source);
        DecoderShape shape = family.Shape(new ConfigReader(checkpoint.Config, files.Source));
        using var noGrad = no_grad();
        var loader = new WeightLoader(checkpoint, family.Names, shape, quantisation);
        loader.Expect(family.Names.Slots(shape));
        LanguageModel model = Build(
            files,
            family,
            shape,
            kernels,
            slot => loader.Load(slot, kernels, slot.IsTrained(trains ?? (_ => true)), frozen, mapped),
            cancel
        );
        model._ownNames = loader.OwnNames;
        model.NonFinite = loader.NonFinite;
        HeapSettings.Trim(); // tensors that were laid out otherwise in the file
        return model;
    }

    /// <summary>The width of a model's residual stream, read without its weights.</summary>
    /// <param name="path">A Hugging Face folder, a .gguf file or an adapter.</param>
    /// <param name="basePath">Of an adapter: its model, where that is not at the place that the adapter names.</param>
    public static int WidthOf(string path, string? basePath = null)
    {
        path = ModelPath(path, basePath);
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return ShapeOf(checkpoint.Config, path).Width;
    }

    /// <summary>The number of weights of a model, counted without reading them.</summary>
    /// <param name="path">A Hugging Face folder or a .gguf file.</param>
    /// <param name="withoutWeights">Whether the folder may lack them, since a new model is initialised from it.</param>
    /// <param name="basePath">Of an adapter: its model, where that is not at the place that the adapter names.</param>
    internal static long WeightCountOf(string path, bool withoutWeights, string? basePath = null)
    {
        if (withoutWeights)
            return CountOf(ModelFiles.Read(path).Config, path);
        path = ModelPath(path, basePath);
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return CountOf(checkpoint.Config, path);
    }

    // Of an adapter its model's.
    private static string ModelPath(string path, string? basePath) =>
        AdapterSource.Find(path) is { } adapter ? AdapterBase.PathOf(adapter, basePath) : path;

    private static long CountOf(JsonObject config, string path) =>
        Family.Of(config, path).Names.Slots(ShapeOf(config, path)).Sum(s => s.Count);

    private static DecoderShape ShapeOf(JsonObject config, string path) =>
        Family.Of(config, path).Shape(new ConfigReader(config, path));

    /// <summary>
    /// A new model with random weights: normal with the config's <c>initializer_range</c>, biases 0, norms 1. The same seed gives
    /// the same weights.
    /// </summary>
    public static LanguageModel Create(ModelFiles files, long seed, Precision? precision = null, Device? device = null)
    {
        Family family = Family.Of(files.Config, files.Source);
        DecoderShape shape = family.Shape(new ConfigReader(files.Config, files.Source));
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed, CPU);
        KernelSet kernels = KernelSet.For(precision ?? Precision.Float32, device);
        return Build(
            files,
            family,
            shape,
            kernels,
            slot => Weight.Of(slot.Name, Initial(slot), kernels, slot.Kind == SlotKind.Matrix, trains: true)
        );

        Tensor Initial(WeightSlot slot)
        {
            if (slot.Kind != SlotKind.Matrix)
                return slot.Kind == SlotKind.Norm && shape.NormOffset == 0 ? ones(slot.Shape) : zeros(slot.Shape);
            Tensor values = randn(slot.Shape, generator: generator);
            values.TimesInPlace(shape.InitializerRange);
            return values;
        }
    }

    private static LanguageModel Build(
        ModelFiles files,
        Family family,
        DecoderShape shape,
        KernelSet kernels,
        Func<WeightSlot, Weight> weight,
        CancellationToken cancel = default
    )
    {
        var slots = new List<(WeightSlot Slot, Weight Weight)>();
        try
        {
            foreach (WeightSlot slot in family.Names.Slots(shape))
            {
                cancel.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                slots.Add((slot, weight(slot)));
            }
            var weights = slots.ToDictionary(s => s.Slot.Name, s => s.Weight);
            return new LanguageModel(files, new DecoderBuilder(shape, weights, adapters: null, kernels).Build(), slots);
        }
        catch
        {
            foreach ((_, Weight made) in slots)
                made.Dispose();
            throw;
        }
    }
}
