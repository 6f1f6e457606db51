using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models.Families;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Gguf;

/// <summary>
/// A model as a GGUF file, an adapter merged into it: everything is planned and checked first, then written tensor by tensor. A
/// model that llama.cpp would not compute as it is refused before anything is written.
/// </summary>
internal sealed class GgufExport
{
    private readonly LanguageModel _model;
    private readonly JsonObject _config;
    private readonly GgufForm _form;
    private readonly List<KeyValuePair<string, object>> _keys;
    private readonly List<(GgufPlannedTensor Planned, Func<Tensor> Values)> _tensors = [];

    /// <param name="model">The model; it must outlive this object.</param>
    /// <param name="type">The mixture.</param>
    /// <param name="name">What the file calls it.</param>
    /// <exception cref="SimperException">llama.cpp has no such architecture, or not with these settings.</exception>
    public GgufExport(LanguageModel model, GgufFileType type, string name)
    {
        _model = model;
        _config = model.MergedFiles().Config;
        _form = new GgufForm(_config, model.Files.Source, model.MergedShape);
        DecoderShape shape = _form.Shape;
        _keys = GgufKeys.Of(Architecture, shape, type, name, model.MergedCount);
        Plan(shape, new GgufMixture(type, Architecture, shape));
        ExpectSayable(shape);
        _keys.AddRange(GgufTokenizerKeys.Of(model.Files, shape.Vocabulary));
    }

    private GgufArchitecture Architecture => _form.Architecture;

    /// <summary>How many tokens the file says that the model reads.</summary>
    public int Context => _form.Shape.MaxPositions;

    /// <summary>What is different in the file, and why; sentences without a full stop.</summary>
    public IReadOnlyList<string> Notes => _form.Notes;

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
        (long done, long all) = (0, _tensors.Sum(t => t.Planned.Count));
        foreach ((GgufPlannedTensor planned, Func<Tensor> values) in _tensors)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            writer.Write(values());
            done += planned.Count;
            progress?.Report((double)done / all);
        }
        writer.Finish();
    }

    private void Plan(DecoderShape shape, GgufMixture mixture)
    {
        foreach ((string name, double[] values) in GgufKeys.SettingTensors(Architecture, shape))
            Add(new GgufPlannedTensor(name, GgufTypes.Named("F32"), [values.Length]), () => tensor(values));
        var fusions = new GgufFusions(Architecture.FusesQueryKeyValue, Architecture.FusesGateUp, ExpertsGateUp: false);
        Family family = Family.Of(_config, _model.Files.Source);
        foreach (GgufStored stored in new GgufLayout(Architecture, shape, fusions).Of(family.Names.Slots(shape)))
        {
            ExpectBias(stored.Name);
            long[] sizes = stored.Shape;
            Add(new GgufPlannedTensor(stored.Name, mixture.TypeOf(stored.Name, sizes), sizes), () => Values(stored));
        }

        void Add(GgufPlannedTensor planned, Func<Tensor> values) => _tensors.Add((planned, values));
    }

    private Tensor Values(GgufStored stored)
    {
        Tensor[] parts =
        [
            .. stored.Sources.Select(s => _model.MergedRows(s.Slot, s.Start, s.Count).cpu().to(ScalarType.Float32)),
        ];
        Tensor rows = parts.Length == 1 ? parts[0] : cat(parts, 0);
        if (stored.RotatedHeads > 0)
            rows = GgufLlama.PairsFromHalves(rows, stored.RotatedHeads, stored.RotatedWidth);
        if (stored.Offset != 0)
            rows = rows.Plus((double)stored.Offset);
        return _form.Scaled(stored, rows);
    }

    private void ExpectBias(string name)
    {
        bool isKnown =
            !name.EndsWith(".bias", StringComparison.Ordinal)
            || !name.StartsWith("blk.", StringComparison.Ordinal)
            || (name.EndsWith("attn_output.bias", StringComparison.Ordinal) ? Architecture.HasOutputBias : true)
                && (IsOfMlp(name) ? Architecture.HasMlpBias : true);
        if (!isKnown)
            throw new SimperException(
                $"{_model.Files.Source}: llama.cpp has no {name} in the architecture {Architecture.Name}; export it as "
                    + "--format hf."
            );

        static bool IsOfMlp(string name) =>
            name.EndsWith("ffn_gate.bias", StringComparison.Ordinal)
            || name.EndsWith("ffn_up.bias", StringComparison.Ordinal)
            || name.EndsWith("ffn_down.bias", StringComparison.Ordinal);
    }

    // The keys are read as the file would be, and must give the model's shape.
    private void ExpectSayable(DecoderShape shape)
    {
        var settings = new GgufSettings(
            new GgufMetadata(_keys.ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal), _model.Files.Source),
            _tensors.ToDictionary(
                t => t.Planned.Name,
                t => new TensorEntry(t.Planned.Type.Name, ScalarType.Float32, t.Planned.Shape),
                StringComparer.Ordinal
            ),
            name => GgufKeys.SettingTensors(Architecture, shape).First(t => t.Name == name).Values
        );
        JsonObject config = GgufConfig.Of(Architecture, settings);
        DecoderShape got = Family.Of(config, _model.Files.Source).Shape(new ConfigReader(config, _model.Files.Source));
        if (ShapeDifference.Find(shape, got) is { } difference)
            throw new SimperException(
                $"{_model.Files.Source}: llama.cpp's architecture {Architecture.Name} does not have this "
                    + $"{(string)_config["model_type"]!} model's settings ({difference}); export it as --format hf."
            );
    }
}
