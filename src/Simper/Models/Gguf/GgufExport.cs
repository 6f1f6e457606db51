using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models.Families;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Gguf;

/// <summary>
/// A model as a GGUF file: everything is planned and checked first, then written tensor by tensor. A model that llama.cpp would
/// not compute as it is refused before anything is written.
/// </summary>
internal sealed class GgufExport
{
    private readonly LanguageModel _model;
    private readonly Dictionary<string, Weight> _weights;
    private readonly GgufArchitecture _architecture;
    private readonly List<KeyValuePair<string, object>> _keys;
    private readonly List<(GgufPlannedTensor Planned, Func<Tensor> Values)> _tensors = [];
    private readonly List<string> _notes = [];
    private readonly double _queryScale = 1;

    /// <param name="model">The model; it must outlive this object.</param>
    /// <param name="type">The mixture.</param>
    /// <param name="name">What the file calls it.</param>
    /// <exception cref="SimperException">llama.cpp has no such architecture, or not with these settings.</exception>
    public GgufExport(LanguageModel model, GgufFileType type, string name)
    {
        _model = model;
        _weights = model.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);
        string modelType = (string)model.Files.Config["model_type"]!;
        _architecture = GgufArchitecture.OfFamily(modelType, model.Files.Source);
        DecoderShape shape = Adapted(model.Shape);
        Context = shape.MaxPositions;
        if (!_architecture.HasMultipliers)
        {
            double computed = _architecture.AttentionScale?.Invoke(shape) ?? 1 / Math.Sqrt(shape.HeadWidth);
            _queryScale = shape.AttentionScale / computed;
            if (Math.Abs(_queryScale - 1) < 1e-6)
                _queryScale = 1;
            else
                _notes.Add("the scale of attention scores has no key: it is in the weights of the queries");
            shape = shape with { AttentionScale = computed };
        }
        _keys = GgufKeys.Of(_architecture, shape, type, name, model.ParameterCount);
        Plan(shape, new GgufMixture(type, _architecture, shape));
        ExpectSayable(modelType, shape);
        _keys.AddRange(GgufTokenizerKeys.Of(model.Files, shape.Vocabulary));
    }

    /// <summary>How many tokens the file says that the model reads.</summary>
    public int Context { get; }

    /// <summary>What is different in the file, and why; sentences without a full stop.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The types of the tensors, and how many there are of each.</summary>
    public IReadOnlyDictionary<string, int> Types =>
        _tensors.GroupBy(t => t.Planned.Type.Name).ToDictionary(g => g.Key, g => g.Count());

    /// <summary>The bytes of all tensors.</summary>
    public long Bytes => _tensors.Sum(t => t.Planned.Bytes);

    /// <summary>Writes the file, which must not exist.</summary>
    /// <exception cref="SimperException">A weight is not finite, or too large for its type.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled between two tensors; the file is incomplete.</exception>
    public void Write(string path, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        using var writer = new GgufWriter(path, _keys, [.. _tensors.Select(t => t.Planned)]);
        long done = 0;
        foreach ((GgufPlannedTensor planned, Func<Tensor> values) in _tensors)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            writer.Write(values());
            done += planned.Count;
            progress?.Report((double)done / _model.ParameterCount);
        }
        writer.Finish();
    }

    // What a file says otherwise, without a change of what is computed.
    private DecoderShape Adapted(DecoderShape shape)
    {
        if (_architecture.IsAlwaysTied && !shape.TiedHead)
            throw new SimperException(
                $"{_model.Files.Source}: llama.cpp's architecture {_architecture.Name} has no head of its own; export it as "
                    + "--format hf."
            );
        int[] windows = [.. shape.Windows.Where(w => w > 0)];
        if (windows.Length > 0 && _architecture.WindowPeriod == 0)
        {
            int context = Math.Min(shape.MaxPositions, windows.Min());
            _notes.Add(
                $"llama.cpp computes no windows in the architecture {_architecture.Name}: the file's context is {context} "
                    + "tokens, within which there is no difference"
            );
            shape = shape with { Windows = [], MaxPositions = context };
        }
        return _architecture.NeedsHead ? shape with { TiedHead = false } : shape;
    }

    private void Plan(DecoderShape shape, GgufMixture mixture)
    {
        foreach ((string name, double[] values) in GgufKeys.SettingTensors(_architecture, shape))
            Add(new GgufPlannedTensor(name, GgufTypes.Named("F32"), [values.Length]), () => tensor(values));
        var fusions = new GgufFusions(_architecture.FusesQueryKeyValue, _architecture.FusesGateUp, ExpertsGateUp: false);
        Family family = Family.Of(_model.Files.Config, _model.Files.Source);
        foreach (GgufStored stored in new GgufLayout(_architecture, shape, fusions).Of(family.Names.Slots(shape)))
        {
            ExpectBias(stored.Name);
            long[] sizes = stored.Shape;
            Add(new GgufPlannedTensor(stored.Name, mixture.TypeOf(stored.Name, sizes), sizes), () => Values(stored));
        }

        void Add(GgufPlannedTensor planned, Func<Tensor> values) => _tensors.Add((planned, values));
    }

    private Tensor Values(GgufStored stored)
    {
        Tensor[] parts = [.. stored.Sources.Select(s => WeightOf(s.Slot).Values(s.Start, s.Count).cpu().to(ScalarType.Float32))];
        Tensor rows = parts.Length == 1 ? parts[0] : cat(parts, 0);
        if (stored.RotatedHeads > 0)
            rows = GgufLlama.PairsFromHalves(rows, stored.RotatedHeads, stored.RotatedWidth);
        if (stored.Offset != 0)
            rows = rows.Plus((double)stored.Offset);
        return Scaled(stored, rows);
    }

    // A tied head that has to be stored is the embedding.
    private Weight WeightOf(string slot) => _weights.TryGetValue(slot, out Weight? weight) ? weight : _weights["embedding"];

    private Tensor Scaled(GgufStored stored, Tensor rows)
    {
        if (_queryScale == 1)
            return rows;
        if (stored.IsQuery)
            return rows.Times(_queryScale);
        if (!stored.Name.Contains(".attn_qkv.", StringComparison.Ordinal) || _model.Shape.QueryKeyNorm != QueryKeyNorm.None)
            return rows;
        int queries = _model.Shape.QueryWidth;
        return cat([rows.narrow(0, 0, queries).Times(_queryScale), rows.narrow(0, queries, rows.size(0) - queries)], 0);
    }

    private void ExpectBias(string name)
    {
        bool isKnown =
            !name.EndsWith(".bias", StringComparison.Ordinal)
            || !name.StartsWith("blk.", StringComparison.Ordinal)
            || (name.EndsWith("attn_output.bias", StringComparison.Ordinal) ? _architecture.HasOutputBias : true)
                && (IsOfMlp(name) ? _architecture.HasMlpBias : true);
        if (!isKnown)
            throw new SimperException(
                $"{_model.Files.Source}: llama.cpp has no {name} in the architecture {_architecture.Name}; export it as "
                    + "--format hf."
            );

        static bool IsOfMlp(string name) =>
            name.EndsWith("ffn_gate.bias", StringComparison.Ordinal)
            || name.EndsWith("ffn_up.bias", StringComparison.Ordinal)
            || name.EndsWith("ffn_down.bias", StringComparison.Ordinal);
    }

    // The keys are read as the file would be, and must give the model's shape.
    private void ExpectSayable(string modelType, DecoderShape shape)
    {
        var settings = new GgufSettings(
            new GgufMetadata(_keys.ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal), _model.Files.Source),
            _tensors.ToDictionary(
                t => t.Planned.Name,
                t => new TensorEntry(t.Planned.Type.Name, ScalarType.Float32, t.Planned.Shape),
                StringComparer.Ordinal
            ),
            name => GgufKeys.SettingTensors(_architecture, shape).First(t => t.Name == name).Values
        );
        JsonObject config = GgufConfig.Of(_architecture, settings);
        DecoderShape got = Family.Of(config, _model.Files.Source).Shape(new ConfigReader(config, _model.Files.Source));
        if (ShapeDifference.Find(shape, got) is { } difference)
            throw new SimperException(
                $"{_model.Files.Source}: llama.cpp's architecture {_architecture.Name} does not have this {modelType} model's "
                    + $"settings ({difference}); export it as --format hf."
            );
    }
}
