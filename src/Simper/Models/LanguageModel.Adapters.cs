using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Models.Adapters;
using Simper.Models.Families;
using Simper.Models.Layers;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// A model with an adapter: another decoder over the same weights.
public sealed partial class LanguageModel
{
    private LanguageModel? _base;
    private int _users = 1; // its owner, and the models with adapters over its weights
    private bool _isDisposed;
    private string? _baseHash;

    /// <summary>The adapter that it has over another model's weights; null for none.</summary>
    public Adapter? Adapter { get; private init; }

    /// <summary>
    /// This model with a new adapter, to be trained: over the same weights, which are in memory once, until both are disposed. It
    /// computes what this one does until its first step.
    /// </summary>
    /// <param name="config">What to adapt.</param>
    /// <param name="seed">Of the matrices that begin at random.</param>
    /// <exception cref="SimperException">The config names nothing of this model, or what cannot be adapted.</exception>
    public LanguageModel WithNewAdapter(AdapterConfig config, long seed = 42)
    {
        LanguageModel basis = _base ?? this;
        AdapterPlan plan = AdapterPlan.Of(config, NamesOf(basis), basis.Shape, "use_peft");
        return Adapted(basis, plan, basis.Files, read: null, trains: true, seed);
    }

    /// <summary>
    /// This model with an adapter of PEFT's layout, or in llama.cpp's file: over the same weights, which are in memory once,
    /// until all are disposed. So a model may have several adapters at a time, each a model of its own.
    /// </summary>
    /// <param name="path">A folder with adapter_config.json and adapter_model.safetensors, or a .gguf file.</param>
    /// <param name="trainable">Whether it can be trained on.</param>
    /// <exception cref="SimperException">There is none, it is of an unknown kind, or of another model.</exception>
    public LanguageModel WithAdapter(string path, bool trainable = false) => WithAdapter(path, trainable, takesAway: false);

    /// <summary>
    /// This model, into which an adapter was merged, without it: saved with <see cref="SaveMerged"/> it is the model of before,
    /// up to the rounding of the merged weights.
    /// </summary>
    /// <param name="path">The adapter.</param>
    /// <exception cref="SimperException">As in <see cref="WithAdapter(string, bool)"/>; or merging it was no addition: what it
    /// replaced or scaled cannot be restored.</exception>
    public LanguageModel WithoutAdapter(string path) => WithAdapter(path, trainable: false, takesAway: true);

    private LanguageModel WithAdapter(string path, bool trainable, bool takesAway)
    {
        LanguageModel basis = _base ?? this;
        using IAdapterSource stored = AdapterSource.Open(path, basis);
        AdapterConfig config = stored.Config;
        if (!takesAway)
            AdapterBase.Expect(stored, basis);
        else if (config.UseDora || stored.Whole.Count > 0)
            throw new SimperException(
                $"{path} cannot be taken out of a model that it was merged into: "
                    + (config.UseDora ? "its magnitudes scaled the weights" : $"it replaced {stored.Whole.First()}")
                    + "; take the model as it was before."
            );
        if (takesAway)
            config = config.TakenAway();
        AdapterPlan plan = AdapterPlan.Of(config, NamesOf(basis), basis.Shape, stored.ConfigPath, stored.Whole);
        stored.Expect(plan);
        ModelFiles files = stored is AdapterFolder folder ? basis.Files.WithTokenizerOf(folder.Path) : basis.Files;
        return Adapted(basis, plan, files, stored.Read, trainable, seed: 0);
    }

    private void SaveAdapter(string folder)
    {
        using var staged = new StagedFolder(folder, name => AdapterFolder.IsPart(name, Files.TokenizerFiles.Keys));
        WriteAdapter(staged, Stored((weight, first, rows) => weight.Values(first, rows)));
        staged.Commit();
    }

    /// <summary>Writes the adapter into a folder that is being made, with the tokenizer that it was trained with.</summary>
    /// <param name="staged">The folder.</param>
    /// <param name="tensors">Its tensors.</param>
    internal void WriteAdapter(StagedFolder staged, IEnumerable<SavedTensor> tensors)
    {
        AdapterPlan plan = Adapter!.Plan;
        AdapterConfig config = plan.Config.Stored() with { Base = AdapterBase.Recordable(_base!.Files.Source) };
        AdapterFolder.Write(
            staged,
            AdapterConfigJson.Write(config, plan.Endings, plan.Targets.Any(t => t.Module.InputsFirst)),
            tensors,
            _base.BaseHash
        );
        foreach ((string name, byte[] bytes) in Files.TokenizerFiles)
            staged.Write(name, bytes);
    }

    /// <summary>Replaces the weights that train by those of a saved model, or adapter.</summary>
    /// <param name="folder">Where it is.</param>
    /// <exception cref="SimperException">It is of another shape, or an adapter of another model; nothing was
    /// replaced.</exception>
    internal void Replace(string folder)
    {
        using var noGrad = no_grad();
        if (Adapter is null)
        {
            using Checkpoint saved = Checkpoint.Open(folder);
            Replace(saved);
            return;
        }
        using AdapterFolder stored = AdapterFolder.Open(folder);
        stored.Expect(Adapter.Plan);
        AdapterBase.Expect(stored, _base!);
        Adapter.Replace(stored.Read);
    }

    /// <summary>The SHA-256 of the files of an adapter's model; null for a model that is not from files.</summary>
    internal string? BaseHash =>
        _baseHash ??= Directory.Exists(Files.Source) || File.Exists(Files.Source) ? AdapterBase.HashOf(Files.Source) : null;

    private static LanguageModel LoadAdapted(
        string folder,
        string? basePath,
        KernelSet kernels,
        bool trainable,
        FrozenWeights frozen,
        bool mapped,
        CancellationToken cancel,
        FrozenQuantisation quantisation
    )
    {
        string model = AdapterBase.PathOf(folder, basePath);
        using LanguageModel basis = Load(model, kernels, _ => false, frozen, mapped, cancel, quantisation);
        return basis.WithAdapter(folder, trainable);
    }

    private static NameMap NamesOf(LanguageModel model) => Family.Of(model.Files.Config, model.Files.Source).Names;

    private static LanguageModel Adapted(
        LanguageModel basis,
        AdapterPlan plan,
        ModelFiles files,
        Func<string, Tensor>? read,
        bool trains,
        long seed
    )
    {
        using var noGrad = no_grad();
        KernelSet kernels = basis.Decoder.Kernels.Another();
        Dictionary<string, Weight> own = basis._slots.ToDictionary(s => s.Slot.Name, s => s.Weight, StringComparer.Ordinal);
        if (basis.Shape.TiedHead)
            own["head"] = own["embedding"];
        Adapter? adapter = null;
        try
        {
            adapter = new AdapterBuilder(plan, slot => own[slot], kernels, trains).Build(read, seed);
            (WeightSlot Slot, Weight Weight)[] slots =
            [
                .. plan.Names.Slots(plan.Shape).Select(s => (s, adapter.Whole.GetValueOrDefault(s.Name) ?? own[s.Name])),
            ];
            var weights = slots.ToDictionary(s => s.Slot.Name, s => s.Weight, StringComparer.Ordinal);
            Decoder decoder = new DecoderBuilder(plan.Shape, weights, adapter.Layers, kernels).Build();
            Interlocked.Increment(ref basis._users);
            HeapSettings.Trim(); // what values began as
            return new LanguageModel(files, decoder, slots)
            {
                Adapter = adapter,
                NonFinite = basis.NonFinite,
                _base = basis,
                _ownNames = basis._ownNames,
            };
        }
        catch
        {
            adapter?.Dispose();
            kernels.Dispose();
            throw;
        }
    }

    /// <summary>Frees the weights, unless models with adapters still use them: then the last of these does.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Release();
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        Decoder.Dispose();
        Adapter?.Dispose();
        _base?.Release();
    }
}
