using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models.Families;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Gguf;

/// <summary>
/// The model in a GGUF file in Hugging Face's terms: config.json, published names and shapes, and values in their order.
/// </summary>
internal sealed class GgufModel
{
    private readonly GgufFile _file;
    private readonly Dictionary<string, Source> _sources = new(StringComparer.Ordinal);

    private sealed record Source(WeightPart Part, IReadOnlyList<Piece> Pieces, bool IsVector);

    /// <summary>Rows of a tensor of the file.</summary>
    private sealed record Piece(GgufStored Stored, GgufTensor Tensor, long First, long Count)
    {
        public bool IsWhole => First == 0 && Count == Stored.Sources.Sum(s => s.Count);
    }

    /// <exception cref="SimperException">The file holds no model, one of an unknown architecture, or a damaged one.</exception>
    public GgufModel(GgufFile file)
    {
        _file = file;
        GgufArchitecture architecture = ArchitectureOf(file);
        var tensors = file.Tensors.Values.ToDictionary(
            t => t.Name,
            t => new TensorEntry(t.Type.Name, t.DType, t.Shape),
            StringComparer.Ordinal
        );
        var settings = new GgufSettings(file.Metadata, tensors, name => GgufRopeScaling.Values(file, name));
        ExpectBlocks(settings);
        Config = GgufConfig.Of(architecture, settings);
        Family family = Family.Of(Config, file.Path);
        DecoderShape shape = family.Shape(new ConfigReader(Config.DeepClone().AsObject(), file.Path));
        ExpectHeads(architecture, settings);
        var fusions = new GgufFusions(
            settings.HoldsInBlock("attn_qkv.weight"),
            architecture.FusesGateUp && !settings.HoldsInBlock("ffn_gate.weight"),
            settings.HoldsInBlock("ffn_gate_up_exps.weight")
        );
        WeightSlot[] slots = [.. family.Names.Slots(shape)];
        Tensors = Find(slots, [.. new GgufLayout(architecture, shape, fusions).Of(slots)]);
    }

    /// <summary>config.json as transformers would write it.</summary>
    public JsonObject Config { get; }

    /// <summary>What the file holds, by published name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>A tensor's values in Hugging Face's order, in a new tensor.</summary>
    public Tensor Read(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Source source = _sources[name];
        if (source.Pieces is [var only] && !only.Tensor.Shape.SequenceEqual(only.Stored.Shape))
            return _file.Read(only.Tensor.Name).MoveToOuterDisposeScope(); // does not fit, and says so by its shape
        Tensor[] pieces = [.. source.Pieces.Select(p => Read(p, source.IsVector))];
        Tensor rows = pieces.Length == 1 ? pieces[0] : cat(pieces, 0);
        Tensor published = source.Part.Layout is { } layout
            ? layout.ToPublished(rows, source.Part.Shape)
            : rows.reshape(source.Part.Shape);
        return published.MoveToOuterDisposeScope();
    }

    /// <summary>A matrix as it lies in the file, or null where it cannot stay there.</summary>
    public PackedRows? Map(string name)
    {
        Source source = _sources[name];
        if (source is not { Part.Layout: null, IsVector: false, Pieces: [{ Stored.Offset: 0 } piece] })
            return null;
        return piece.IsWhole && piece.Tensor.Shape.Length == 2 ? _file.Map(piece.Tensor.Name, piece.Stored.RotatedHeads)
            : piece.Stored.RotatedHeads == 0 ? _file.MapRows(piece.Tensor.Name, piece.First, piece.Count)
            : null;
    }

    // Rows as our slots have them; those of a vector are single values.
    private Tensor Read(Piece piece, bool isVector)
    {
        string name = piece.Tensor.Name;
        Tensor rows =
            isVector ? _file.Read(name).flatten().narrow(0, piece.First, piece.Count)
            : piece.IsWhole && piece.Tensor.Shape.Length == 2 ? _file.Read(name)
            : _file.ReadRows(name, piece.First, piece.Count);
        if (piece.Stored.RotatedHeads > 0)
            rows = GgufLlama.HalvesFromPairs(rows, piece.Stored.RotatedHeads, piece.Stored.RotatedWidth);
        return piece.Stored.Offset == 0 ? rows : rows.Plus(-(double)piece.Stored.Offset);
    }

    private Dictionary<string, TensorEntry> Find(WeightSlot[] slots, GgufStored[] stored)
    {
        var pieces = new Dictionary<string, List<(SlotRows Rows, Piece Piece)>>(StringComparer.Ordinal);
        HashSet<string> known = [.. stored.Select(s => s.Name)];
        foreach (GgufTensor tensor in _file.Tensors.Values)
        {
            _file.CheckReadable(tensor);
            if (!known.Contains(tensor.Name) && !GgufRopeScaling.IsSetting(tensor.Name) && !IsTiedHead(tensor.Name))
                throw FileFault.At(
                    _file.Path,
                    $"it holds the tensor {FileFault.Quote(tensor.Name)}, which is no part of a "
                        + $"{(string)Config["model_type"]!} model as Simper knows it",
                    "UnknownTensor"
                );
        }
        foreach (GgufStored s in stored)
        {
            if (!_file.Tensors.TryGetValue(s.Name, out GgufTensor? tensor))
                continue; // reported by its published name when weights are loaded
            ExpectShape(s, tensor);
            long first = 0;
            foreach (SlotRows rows in s.Sources)
            {
                if (!pieces.TryGetValue(rows.Slot, out List<(SlotRows, Piece)>? ofSlot))
                    pieces[rows.Slot] = ofSlot = [];
                ofSlot.Add((rows, new Piece(s, tensor, first, rows.Count)));
                first += rows.Count;
            }
        }
        var found = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (WeightSlot slot in slots)
        {
            if (!pieces.TryGetValue(slot.Name, out List<(SlotRows Rows, Piece Piece)>? ofSlot))
                continue;
            ofSlot.Sort((a, b) => a.Rows.Start.CompareTo(b.Rows.Start));
            foreach ((WeightPart part, long start) in slot.PartsInRows)
            {
                if (Cut(ofSlot, start, part.Rows) is { } cut)
                {
                    var source = new Source(part, cut, slot.Shape.Length == 1);
                    _sources.Add(part.Name, source);
                    GgufTensor sample = cut[0].Tensor;
                    found.Add(
                        part.Name,
                        new TensorEntry(
                            sample.Type.Name,
                            cut.All(p => p.Tensor.DType == sample.DType) ? sample.DType : ScalarType.Float32,
                            cut is [{ IsWhole: true } whole] ? PublishedShape(part, whole) : part.Shape
                        )
                    );
                }
            }
        }
        return found;
    }

    // The pieces that cover rows of a slot, in order; null if some are not there.
    private static Piece[]? Cut(List<(SlotRows Rows, Piece Piece)> all, long start, long count)
    {
        var cut = new List<Piece>();
        long at = start;
        foreach ((SlotRows rows, Piece piece) in all)
        {
            if (rows.Start + rows.Count <= at || at == start + count)
                continue;
            if (rows.Start > at)
                return null;
            long taken = Math.Min(rows.Start + rows.Count, start + count) - at;
            cut.Add(piece with { First = piece.First + (at - rows.Start), Count = taken });
            at += taken;
        }
        return at == start + count ? [.. cut] : null;
    }

    // As the file has it, so that one that does not fit is refused with both shapes.
    private static long[] PublishedShape(WeightPart part, Piece whole) =>
        part.Layout is null
        && whole.Stored.Shape.Length == whole.Tensor.Shape.Length
        && part.Shape.SequenceEqual(whole.Stored.Shape)
            ? whole.Tensor.Shape
            : part.Shape;

    private void ExpectShape(GgufStored stored, GgufTensor tensor)
    {
        if (stored.Shape.SequenceEqual(tensor.Shape))
            return;
        bool isSimple = stored is { Sources.Count: 1, RotatedHeads: 0 } && stored.Shape.Length == tensor.Shape.Length;
        if (!isSimple)
            throw FileFault.At(
                _file.Path,
                $"tensor {FileFault.Quote(tensor.Name)} has the shape {FileFault.Shape(tensor.Shape)}, and by the file's keys it "
                    + $"is {FileFault.Shape(stored.Shape)}",
                "WrongShape"
            );
    }

    private bool IsTiedHead(string name) => name == "output.weight" && (bool)Config["tie_word_embeddings"]!;

    private static GgufArchitecture ArchitectureOf(GgufFile file)
    {
        string? name = file.Metadata.Text("general.architecture");
        if (file.Metadata.Text("general.type") == AdapterGgufFile.GeneralType)
            throw FileFault.At(
                file.Path,
                $"it holds no model, but an adapter of a model of the architecture {FileFault.Quote(name ?? "")}; give it where "
                    + "an adapter may be given, with its model (base_model_name_or_path)",
                "IsAdapter"
            );
        if (name is not null && GgufArchitecture.All.TryGetValue(name, out GgufArchitecture? found))
            return found;
        throw FileFault.At(
            file.Path,
            name is null
                ? "it names no architecture, so it holds no model"
                : $"its architecture is {FileFault.Quote(name)}; Simper reads GGUF files of the architectures "
                    + $"{string.Join(", ", GgufArchitecture.All.Keys)}",
            "UnsupportedArchitecture"
        );
    }

    // Before a table is made for every block that a key claims.
    private void ExpectBlocks(GgufSettings settings)
    {
        long layers = settings.Layers;
        if (layers > _file.Tensors.Count)
            throw FileFault.At(
                _file.Path,
                $"it claims {layers} blocks and holds {_file.Tensors.Count} tensors, so it holds no whole model",
                "TensorMissing"
            );
        if (settings.HasExperts && settings.Count("expert_count") > Math.Max(1, RouterRows()))
            throw FileFault.At(_file.Path, "its routers have fewer rows than it claims experts", "WrongShape");

        long RouterRows() =>
            _file.Tensors.GetValueOrDefault("blk.0.ffn_gate_inp.weight") is { Shape: [var rows, _] }
                ? rows
                : settings.Count("expert_count");
    }

    // Orders of rows are made from these counts.
    private void ExpectHeads(GgufArchitecture architecture, GgufSettings settings)
    {
        foreach (
            (string part, long heads) in (ReadOnlySpan<(string, long)>)
                [("attn_q.weight", settings.Heads), ("attn_k.weight", settings.Count("attention.head_count_kv", settings.Heads))]
        )
        {
            if (
                _file.Tensors.GetValueOrDefault("blk.0." + part) is { } tensor
                && (tensor.Shape.Length != 2 || tensor.Shape[0] % heads != 0 || tensor.Shape[0] != heads * settings.HeadWidth)
            )
                throw FileFault.At(
                    _file.Path,
                    $"tensor {FileFault.Quote(tensor.Name)} of shape {FileFault.Shape(tensor.Shape)} does not split into "
                        + $"{heads} heads of width {settings.HeadWidth}",
                    "WrongShape"
                );
        }
        string[] widths =
            architecture.Name == "llama" ? ["attention.value_length", "rope.dimension_count"] : ["attention.value_length"];
        foreach (string key in widths)
        {
            if (settings.Has(key) && settings.Count(key) != settings.HeadWidth)
                throw FileFault.At(
                    _file.Path,
                    $"its key '{architecture.Name}.{key}' is {settings.Count(key)}, while heads are {settings.HeadWidth} wide; "
                        + "Simper reads files where they are equal",
                    "UnsupportedShape"
                );
        }
    }
}
