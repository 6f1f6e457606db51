using Simper.Kernels;
using Simper.Models.Layers;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Adapters;

/// <summary>Makes an adapter's weights and layers from its plan: with the values of a file, or those that training starts
/// from.</summary>
/// <param name="plan">The plan.</param>
/// <param name="ofModel">The model's own weights, by slot; the head's is the embedding where they are tied.</param>
/// <param name="kernels">The operations.</param>
/// <param name="trains">Whether it trains.</param>
internal sealed class AdapterBuilder(AdapterPlan plan, Func<string, Weight> ofModel, KernelSet kernels, bool trains)
{
    private readonly List<AdapterTensor> _tensors = [];
    private readonly List<TensorWeight> _made = [];

    /// <summary>Makes it.</summary>
    /// <param name="read">A tensor of the file by its name; null begins anew.</param>
    /// <param name="seed">Of what begins at random.</param>
    public Adapter Build(Func<string, Tensor>? read, long seed = 0)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var start = new AdapterValues(plan.Config, seed);
        var parts = new Dictionary<(string Slot, int Expert), List<LowRankPart>>();
        EmbeddingLowRank? embedding = null;
        AdapterDropout? dropout = plan.Config.Dropout > 0 ? new AdapterDropout(plan.Config.Dropout, kernels) : null;
        try
        {
            for (int i = 0; i < plan.Targets.Count; i++)
            {
                using var each = NewDisposeScope(); // the values of one module at a time
                AdapterTarget target = plan.Targets[i];
                if (target.Module.Kind == ModuleKind.Embedding)
                    embedding = Embedding(target, start, read);
                else
                    List(parts, target.Module).AddRange(Parts(target, i, start, read));
            }
            Dictionary<string, TensorWeight> whole = Whole(read);
            return new Adapter(plan, Layers(parts, embedding, dropout), _tensors, whole, _made);
        }
        catch
        {
            foreach (TensorWeight weight in _made)
                weight.Dispose();
            throw;
        }
    }

    private AdapterLayers Layers(
        Dictionary<(string Slot, int Expert), List<LowRankPart>> parts,
        EmbeddingLowRank? embedding,
        AdapterDropout? dropout
    )
    {
        var linear = new Dictionary<string, LowRank>(StringComparer.Ordinal);
        var experts = new Dictionary<string, Dictionary<int, LowRank>>(StringComparer.Ordinal);
        foreach (((string slot, int expert), List<LowRankPart> own) in parts)
        {
            if (expert < 0)
                linear.Add(slot, new LowRank(own, AdaptedRows.Of(ofModel(slot)), dropout, kernels));
            else
            {
                long rows = ofModel(slot).Rows / plan.Shape.Experts!.Count;
                var adapted = new AdaptedRows(ofModel(slot), expert * rows, rows);
                if (!experts.TryGetValue(slot, out Dictionary<int, LowRank>? ofSlot))
                    experts.Add(slot, ofSlot = []);
                ofSlot.Add(expert, new LowRank(own, adapted, dropout, kernels));
            }
        }
        return new AdapterLayers
        {
            Linear = linear,
            Experts = experts,
            Embedding = embedding,
            Dropout = dropout,
        };
    }

    private IEnumerable<LowRankPart> Parts(AdapterTarget target, int number, AdapterValues start, Func<string, Tensor>? read)
    {
        AdaptableModule module = target.Module;
        var adapted = new AdaptedRows(ofModel(module.Slot), module.RowInSlot, module.Rows);
        StartValues? values = read is null ? start.Of(target, adapted) : null;
        TensorWeight a = Matrix(module.Name, ".lora_A.weight", [target.Rank, module.Columns], read, () => values!.A);
        TensorWeight b = Matrix(module.Name, ".lora_B.weight", [module.Rows, target.Rank], read, () => values!.B, module.Order);
        if (read is null && plan.Config.Start == AdapterStart.Pissa)
            yield return Subtracted(module, values!, target, number);
        TensorWeight? magnitude = plan.Config.UseDora
            ? Matrix(
                module.Name,
                ".lora_magnitude_vector",
                [module.Rows],
                read,
                () => adapted.SquaredNorms(kernels.Precision.Wide).sqrt(),
                module.Order
            )
            : null;
        yield return new LowRankPart(a, b, magnitude, module.FirstRow, target.Scale, number);
    }

    // What a PiSSA begins from, taken away again: together they change nothing before the first step. Stored with it.
    private LowRankPart Subtracted(AdaptableModule module, StartValues values, AdapterTarget target, int number)
    {
        TensorWeight a = Frozen(module.Name + ".start_A", values.A);
        TensorWeight b = Frozen(module.Name + ".start_B", values.B);
        _tensors[^2] = _tensors[^2] with { Subtracted = a, RankAxis = 0, Shape = [2 * target.Rank, module.Columns] };
        _tensors[^1] = _tensors[^1] with { Subtracted = b, RankAxis = 1, Shape = [module.Rows, 2 * target.Rank] };
        return new LowRankPart(a, b, Magnitude: null, module.FirstRow, -target.Scale, number);
    }

    private TensorWeight Frozen(string name, Tensor values)
    {
        TensorWeight weight = Weight.Of(name, values, kernels, isMatrix: true, trains: false);
        _made.Add(weight);
        return weight;
    }

    private EmbeddingLowRank Embedding(AdapterTarget target, AdapterValues start, Func<string, Tensor>? read)
    {
        AdaptableModule module = target.Module;
        StartValues? values = read is null ? start.OfEmbedding(target) : null;
        TensorWeight a = Matrix(
            module.Name,
            ".lora_embedding_A",
            [target.Rank, module.Rows],
            read,
            () => values!.A,
            isTransposed: true
        );
        TensorWeight b = Matrix(module.Name, ".lora_embedding_B", [module.Columns, target.Rank], read, () => values!.B);
        return new EmbeddingLowRank(a, b, target.Scale, kernels);
    }

    // A matrix of the file's shape; ours has its axes exchanged, its rows in another order, or one axis more.
    private TensorWeight Matrix(
        string module,
        string ending,
        long[] shape,
        Func<string, Tensor>? read,
        Func<Tensor> start,
        WeightLayout? layout = null,
        bool isTransposed = false
    )
    {
        using var scope = NewDisposeScope();
        string name = AdapterTensor.Prefix + module + ending;
        long[] own =
            isTransposed ? [shape[1], shape[0]]
            : shape.Length == 1 ? [shape[0], 1]
            : shape;
        Tensor values = read is null ? start().reshape(own) : AdapterTensor.RowsOf(read(name), layout, isTransposed, own);
        TensorWeight weight = Made(module + ending, values, isMatrix: true);
        _tensors.Add(new AdapterTensor(name, shape, weight) { Layout = layout, IsTransposed = isTransposed });
        return weight;
    }

    // The weights that train whole: copies of the model's, or what the file has in their place.
    private Dictionary<string, TensorWeight> Whole(Func<string, Tensor>? read)
    {
        var whole = new Dictionary<string, TensorWeight>(StringComparer.Ordinal);
        foreach (WeightSlot slot in plan.Names.Slots(plan.Shape).Where(s => s.Parts.Any(p => plan.Whole.Contains(p.Name))))
        {
            if (slot.Kind != SlotKind.Bias)
                slot.IsTrained(plan.Whole.Contains); // refuses a part of a matrix
            using var scope = NewDisposeScope();
            (WeightPart Part, long FirstRow)[] trained = [.. slot.PartsInRows.Where(p => plan.Whole.Contains(p.Part.Name))];
            Tensor values = ofModel(slot.Name).Values().to(kernels.Precision.Wide, copy: true);
            foreach ((WeightPart part, long first) in read is null ? [] : trained)
                values
                    .narrow(0, first, part.Rows)
                    .copy_(
                        AdapterTensor.RowsOf(read!(plan.StoredName(part.Name)), part.Layout, isTransposed: false, part.RowShape)
                    );
            TensorWeight weight = Made(slot.Name, values, slot.Kind == SlotKind.Matrix);
            whole.Add(slot.Name, weight);
            if (weight.Parameter is { } parameter && trained.Length < slot.Parts.Count)
                parameter.TrainedRows = [.. trained.Select(t => (t.FirstRow, t.Part.Rows))];
            foreach ((WeightPart part, long first) in trained)
                _tensors.Add(
                    new AdapterTensor(plan.StoredName(part.Name), part.Shape, weight)
                    {
                        FirstRow = first,
                        Rows = part.Rows,
                        Layout = part.Layout,
                    }
                );
            if (slot.Name == "embedding" && plan.TiedName is { } tied)
                _tensors.Add(_tensors[^1] with { Name = AdapterTensor.Prefix + tied });
        }
        return whole;
    }

    private TensorWeight Made(string name, Tensor values, bool isMatrix)
    {
        TensorWeight weight = Weight.Of(name, values, kernels, isMatrix, trains);
        _made.Add(weight);
        if (trains && plan.Config.Start != AdapterStart.Pissa) // which takes away what products read at the start
            weight.Set(values.to(kernels.Precision.Wide)); // the masters, which the compute dtype need not hold
        return weight;
    }

    private static List<LowRankPart> List(Dictionary<(string Slot, int Expert), List<LowRankPart>> parts, AdaptableModule module)
    {
        (string, int) key = (module.Slot, module.Kind == ModuleKind.Expert ? module.Expert : -1);
        if (!parts.TryGetValue(key, out List<LowRankPart>? own))
            parts.Add(key, own = []);
        return own;
    }
}
