using System.Text.RegularExpressions;
using Simper.Checkpoints;
using Simper.Models.Adapters;
using Simper.Models.Families;
using static TorchSharp.torch;

namespace Simper.Models.Gguf;

// Legend: D inputs, N outputs, r rank.

/// <summary>
/// An adapter in llama.cpp's file, in PEFT's terms. It does not say which model it is of, so what its tensors mean is found in
/// the model that it is given for. Owns the open file.
/// </summary>
internal sealed class AdapterGgufFile : IAdapterSource
{
    /// <summary>What general.type says.</summary>
    public const string GeneralType = "adapter";

    public const string KindKey = "adapter.type";
    public const string Kind = "lora";
    public const string AlphaKey = "adapter.lora.alpha";

    private const string InvocationKey = "adapter.alora.invocation_tokens";
    private const string A = ".lora_a";
    private const string B = ".lora_b";

    private readonly GgufFile _file;
    private readonly GgufForm _form;
    private readonly Dictionary<string, AdaptedRowsOfTensor> _places = new(StringComparer.Ordinal);

    private AdapterGgufFile(GgufFile file, LanguageModel basis)
    {
        _file = file;
        ExpectKind(file);
        _form = FormOf(file, basis);
        NameMap names = Family.Of(basis.Files.Config, basis.Files.Source).Names;
        Find(names);
        Config = ConfigOf(names, basis.Shape);
    }

    public string ConfigPath => _file.Path;

    public AdapterConfig Config { get; }

    public string? BaseHash => null;

    public IReadOnlyCollection<string> Whole => [];

    /// <summary>Opens one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="basis">The model that it is to adapt.</param>
    /// <exception cref="SimperException">It is no adapter, of another kind or another model, or damaged.</exception>
    public static AdapterGgufFile Open(string path, LanguageModel basis)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            return new AdapterGgufFile(file, basis);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a file that is no adapter, or of a kind that is not known, before its model is looked for.</summary>
    /// <exception cref="SimperException">It is.</exception>
    public static void ExpectKind(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        ExpectKind(file);
    }

    /// <summary>
    /// Refuses tensors that are not the plan's: those of the file were compared with the model when it was opened.
    /// </summary>
    /// <exception cref="SimperException">One is of another module.</exception>
    public void Expect(AdapterPlan plan)
    {
        HashSet<string> planned = [.. plan.Targets.Select(t => t.Module.Name)];
        if (!planned.SetEquals(_places.Keys))
            throw FileFault.At(_file.Path, "its tensors are not those of an adapter of this model", "UnknownTensor");
    }

    /// <summary>A tensor under PEFT's name, in a new tensor: A [r, D], B [N, r].</summary>
    public Tensor Read(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        string path = name[AdapterTensor.Prefix.Length..];
        string module = path[..path.LastIndexOf(".lora_", StringComparison.Ordinal)];
        AdaptedRowsOfTensor place = _places[module];
        bool isEmbedding = place.Module.Kind == ModuleKind.Embedding;
        bool isA = path.AsSpan(module.Length).Contains("_A", StringComparison.Ordinal);
        Tensor stored = _file.Read(place.Stored.Name + (isA ? A : B));
        if (place.Experts > 0)
            stored = stored.select(0, place.Expert);
        if (isA)
            return (isEmbedding ? stored.t() : stored).contiguous().clone().MoveToOuterDisposeScope();
        return (isEmbedding ? stored : PublishedRows(place, stored)).contiguous().clone().MoveToOuterDisposeScope();
    }

    // Of B, whose rows are in the order of the model's own file.
    private Tensor PublishedRows(AdaptedRowsOfTensor place, Tensor stored)
    {
        GgufStored own = place.Stored;
        if (own.RotatedHeads > 0)
            stored = GgufLlama.HalvesFromPairs(stored, own.RotatedHeads, own.RotatedWidth);
        Tensor rows = _form.Unscaled(own, stored).narrow(0, place.FirstRow, place.Module.Rows);
        return place.Module.Order is { } order ? order.ToPublished(rows, rows.shape) : rows;
    }

    private static void ExpectKind(GgufFile file)
    {
        string? architecture = file.Metadata.Text("general.architecture");
        string? type = file.Metadata.Text("general.type");
        string? kind = file.Metadata.Text(KindKey);
        string? other =
            architecture == "controlvector" ? "a control vector"
            : type != GeneralType ? "a model and no adapter"
            : kind is null ? $"an adapter that does not say its kind ({KindKey})"
            : file.Metadata.Has(InvocationKey) ? "an activated LoRA (aLoRA), which counts from certain tokens on"
            : kind != Kind ? $"an adapter of the kind {FileFault.Quote(kind)} ({KindKey})"
            : null;
        if (other is not null)
            throw FileFault.At(file.Path, $"it holds {other}; LoRA alone is read", "UnsupportedAdapter");
    }

    private static GgufForm FormOf(GgufFile file, LanguageModel basis)
    {
        string name = file.Metadata.Text("general.architecture") ?? "";
        string modelType = (string?)basis.Files.Config["model_type"] ?? "";
        if (!GgufArchitecture.All.TryGetValue(name, out GgufArchitecture? found) || !found.Families.Contains(modelType))
            throw FileFault.At(
                file.Path,
                $"it is an adapter of a model of the architecture {FileFault.Quote(name)}, and {basis.Files.Source} is of the "
                    + $"model_type {modelType}; give the model that it was trained on",
                "OtherModel"
            );
        return new GgufForm(basis.Files.Config, basis.Files.Source, basis.Shape);
    }

    private void Find(NameMap names)
    {
        bool Holds(string part) => _file.Tensors.Keys.Any(n => n.Contains(part, StringComparison.Ordinal));
        var fusions = new GgufFusions(
            Holds(".attn_qkv.weight."),
            _form.Architecture.FusesGateUp && !Holds(".ffn_gate.weight."),
            Holds(".ffn_gate_up_exps.weight.")
        );
        var faults = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            IGrouping<GgufStored, AdaptedRowsOfTensor> own in AdaptedRowsOfTensor
                .All(names, _form, fusions)
                .GroupBy(p => p.Stored)
                .Where(g => _file.Tensors.ContainsKey(g.Key.Name + A) || _file.Tensors.ContainsKey(g.Key.Name + B))
        )
        {
            used.Add(own.Key.Name + A);
            used.Add(own.Key.Name + B);
            if (Fault(own.Key, own.First().Module.Kind == ModuleKind.Embedding) is { } fault)
                faults.Add(fault);
            foreach (AdaptedRowsOfTensor place in own)
                _places.Add(place.Module.Name, place);
        }
        faults.AddRange(
            _file
                .Tensors.Keys.Where(n => !used.Contains(n))
                .Order(StringComparer.Ordinal)
                .Select(n => $"{FileFault.Quote(n)} is not expected")
        );
        if (faults.Count == 0 && _places.Count == 0)
            faults.Add("there are none");
        if (faults.Count > 0)
            throw FileFault.At(
                _file.Path,
                $"the tensors are not those of an adapter of this model: {FileFault.Several(faults)}",
                "WrongTensors"
            );
    }

    private string? Fault(GgufStored stored, bool isEmbedding)
    {
        if (!_file.Tensors.TryGetValue(stored.Name + A, out GgufTensor? a))
            return $"{stored.Name + A} is missing";
        if (!_file.Tensors.TryGetValue(stored.Name + B, out GgufTensor? b))
            return $"{stored.Name + B} is missing";
        _file.CheckReadable(a);
        _file.CheckReadable(b);
        long[] experts = stored.Shape[..^2];
        long rank = b.Shape.Length == 0 ? 0 : b.Shape[^1];
        (long rows, long columns) = (stored.Shape[^2], stored.Shape[^1]);
        (long[] ofA, long[] ofB) = isEmbedding
            ? ((long[])[rows, rank], (long[])[columns, rank])
            : ([.. experts, rank, columns], [.. experts, rows, rank]);
        return !b.Shape.SequenceEqual(ofB) ? Words(b, ofB)
            : !a.Shape.SequenceEqual(ofA) ? Words(a, ofA)
            : null;

        static string Words(GgufTensor got, long[] wanted) =>
            $"{got.Name} is {FileFault.Shape(got.Shape)}, not {FileFault.Shape(wanted)}";
    }

    private AdapterConfig ConfigOf(NameMap names, DecoderShape shape)
    {
        double alpha = _file.Metadata.Fraction(AlphaKey) ?? 0;
        (AdaptedRowsOfTensor Place, int Rank)[] ranks =
        [
            .. _places.Values.Select(p => (p, (int)_file.Tensors[p.Stored.Name + B].Shape[^1])),
        ];
        int most = ranks.GroupBy(r => r.Rank).MaxBy(g => g.Count())!.Key;
        List<KeyValuePair<string, double>> others =
        [
            .. ranks
                .Where(r => r.Rank != most)
                .Select(r => KeyValuePair.Create(Regex.Escape(r.Place.Module.Name), (double)r.Rank)),
        ];
        return new AdapterConfig
        {
            Rank = most,
            Alpha = alpha == 0 ? most : alpha, // llama.cpp takes 0 for a scale of 1
            RankPattern = others,
            AlphaPattern = alpha == 0 ? others : [],
            TargetModules = ModuleNames.Of(Targets(names, shape)),
        };
    }

    // Short names, where they name the same.
    private IEnumerable<string> Targets(NameMap names, DecoderShape shape)
    {
        var endings = ModuleNames.Of(_places.Keys.Select(n => n[(n.LastIndexOf('.') + 1)..]).Distinct());
        return AdaptableModule.Of(names, shape).All(m => _places.ContainsKey(m.Name) || !endings.Fit(m.Name))
            ? endings.Names
            : _places.Keys;
    }

    public void Dispose() => _file.Dispose();
}
