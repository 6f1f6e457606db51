using Simper.Checkpoints;
using Simper.Models.Adapters;
using Simper.Models.Families;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Gguf;

// Legend: D inputs, N outputs, E experts, r rank.

/// <summary>
/// An adapter as llama.cpp's file: NAME.lora_a [r, D] and NAME.lora_b [N, r] for each matrix of the model's own file, of
/// experts [E, r, D] and [E, N, r]. llama.cpp takes α / r for the scale of each, with one α for all: what has another scale
/// is brought to it by its B. What the file cannot hold is refused before anything is written.
/// </summary>
internal sealed class AdapterGguf
{
    // A file's α is a float32.
    private const double Same = 1e-7;

    private readonly List<KeyValuePair<string, object>> _keys;
    private readonly List<(GgufPlannedTensor Planned, Func<Tensor> Values)> _tensors = [];
    private readonly GgufForm _form;
    private readonly BlockType _type;
    private readonly Dictionary<string, AdapterTensor> _published;
    private readonly float _alpha;

    /// <param name="model">A model with an adapter; it must outlive this object.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="name">What the file calls it.</param>
    /// <exception cref="SimperException">The model has no adapter, or one that the file cannot hold.</exception>
    public AdapterGguf(LanguageModel model, GgufFileType type, string name)
    {
        Adapter adapter =
            model.Adapter ?? throw new SimperException($"{model.Files.Source} has no adapter that could be written.");
        AdapterPlan plan = adapter.Plan;
        string source = model.Files.Source;
        _type = TypeOf(type);
        _published = adapter.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        AdapterGgufLimits.Expect(plan, source);
        _form = new GgufForm(model.Files.Config, source, plan.Shape);
        var fusions = new GgufFusions(
            _form.Architecture.FusesQueryKeyValue,
            _form.Architecture.FusesGateUp,
            ExpertsGateUp: false
        );
        Dictionary<string, AdapterTarget> targets = plan.Targets.ToDictionary(t => t.Module.Name, StringComparer.Ordinal);
        Placed[] placed =
        [
            .. AdaptedRowsOfTensor
                .All(plan.Names, _form, fusions)
                .Where(p => targets.ContainsKey(p.Module.Name))
                .Select(p => new Placed(p, targets[p.Module.Name], StoredRank(targets[p.Module.Name]))),
        ];
        AdapterGgufLimits.ExpectPlaces(plan, _form, source, [.. placed.Select(p => (p.Place, p.Target))]);
        _alpha = AlphaOf(placed);
        _keys = Keys(type, name);
        foreach (IGrouping<GgufStored, Placed> own in placed.GroupBy(p => p.Place.Stored))
            Plan(own.Key, [.. own.OrderBy(p => p.Place.Expert)]);
    }

    private sealed record Placed(AdaptedRowsOfTensor Place, AdapterTarget Target, long Rank)
    {
        public double Alpha => Target.Scale * Rank;
    }

    // One that began as a PiSSA is stored with what it began from.
    private long StoredRank(AdapterTarget target) =>
        target.Module.Kind == ModuleKind.Embedding ? target.Rank : Of(target.Module, ".lora_A.weight").Shape[0];

    /// <summary>What is different in the file, and why; sentences without a full stop.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The types of the tensors, and how many there are of each.</summary>
    public IReadOnlyDictionary<string, int> Types => new Dictionary<string, int> { [_type.Name] = _tensors.Count };

    /// <summary>The bytes of all tensors.</summary>
    public long Bytes => _tensors.Sum(t => t.Planned.Bytes);

    /// <summary>How many tokens llama.cpp reads.</summary>
    public int Context => _form.Shape.MaxPositions;

    /// <summary>Writes the file, which must not exist.</summary>
    /// <exception cref="SimperException">A weight is not finite, or too large for its type.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled between two tensors; the file is incomplete.</exception>
    public void Write(string path, CancellationToken cancel = default)
    {
        using var writer = new GgufWriter(path, _keys, [.. _tensors.Select(t => t.Planned)]);
        foreach ((_, Func<Tensor> values) in _tensors)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            writer.Write(values());
        }
        writer.Finish();
    }

    private static BlockType TypeOf(GgufFileType type) =>
        type.TensorType is "F32" or "F16" or "BF16"
            ? GgufTypes.Named(type.TensorType)
            : throw new SimperException($"--type {type.Name} is none that an adapter is written in; give one of F32, F16, BF16.");

    // The α of most; what has another is scaled. llama.cpp takes 0 for "as it is".
    private static float AlphaOf(Placed[] placed) =>
        placed
            .Select(p => (float)p.Alpha)
            .Where(a => a != 0)
            .GroupBy(a => a)
            .OrderByDescending(g => g.Count())
            .Select(g => g.Key)
            .FirstOrDefault(1);

    private List<KeyValuePair<string, object>> Keys(GgufFileType type, string name) =>
        [
            new("general.architecture", _form.Architecture.Name),
            new("general.type", AdapterGgufFile.GeneralType),
            new(AdapterGgufFile.KindKey, AdapterGgufFile.Kind),
            new("general.name", name),
            new(AdapterGgufFile.AlphaKey, _alpha),
            new("general.file_type", type.Id),
        ];

    private void Plan(GgufStored stored, Placed[] own)
    {
        (long rank, long rows, long columns) = (own[0].Rank, stored.Shape[^2], stored.Shape[^1]);
        long[] experts = stored.Shape[..^2];
        bool isEmbedding = own[0].Target.Module.Kind == ModuleKind.Embedding;
        // of an embedding A is looked up as the table is: its rows are the words
        Add(".lora_a", isEmbedding ? [rows, rank] : [.. experts, rank, columns], () => Stacked([.. own.Select(A)]));
        Add(".lora_b", isEmbedding ? [columns, rank] : [.. experts, rows, rank], () => Stacked([.. own.Select(B)]));
        if (Array.Exists(own, p => Factor(p) != 1))
            Notes.Add($"{stored.Name}: its scale is not α / r with the file's α of {_alpha}, and is in B");

        void Add(string ending, long[] shape, Func<Tensor> values) =>
            _tensors.Add((new GgufPlannedTensor(stored.Name + ending, _type, shape), values));
    }

    private static Tensor Stacked(Tensor[] experts) => experts.Length == 1 ? experts[0] : stack(experts, 0);

    private Tensor A(Placed placed) =>
        ValuesOf(placed, placed.Target.Module.Kind == ModuleKind.Embedding ? ".lora_embedding_A" : ".lora_A.weight");

    private Tensor B(Placed placed)
    {
        GgufStored stored = placed.Place.Stored;
        Tensor rows = ValuesOf(
            placed,
            placed.Target.Module.Kind == ModuleKind.Embedding ? ".lora_embedding_B" : ".lora_B.weight"
        );
        if (stored.RotatedHeads > 0)
            rows = GgufLlama.PairsFromHalves(rows, stored.RotatedHeads, stored.RotatedWidth);
        double factor = Factor(placed);
        return _form.Scaled(stored, factor == 1 ? rows : rows.Times(factor));
    }

    private double Factor(Placed placed)
    {
        double factor = placed.Alpha / _alpha;
        return Math.Abs(factor - 1) <= Same ? 1 : factor;
    }

    // As the layers have it, whose rows are the outputs one after the other.
    private Tensor ValuesOf(Placed placed, string ending)
    {
        AdapterTensor tensor = Of(placed.Target.Module, ending);
        return tensor.WithSubtracted(tensor.Weight.Values()).cpu().to(ScalarType.Float32);
    }

    private AdapterTensor Of(AdaptableModule module, string ending) => _published[AdapterTensor.Prefix + module.Name + ending];
}
