namespace Simper.Models.Adapters;

/// <summary>Which biases train with an adapter (PEFT's <c>bias</c>).</summary>
public enum AdapterBias
{
    None,

    /// <summary>Those of adapted modules.</summary>
    LoraOnly,

    /// <summary>All of the model.</summary>
    All,
}

/// <summary>How an adapter begins (PEFT's <c>init_lora_weights</c>).</summary>
public enum AdapterStart
{
    /// <summary>A uniform within ±1/√inputs (Kaiming, a = √5), B zero; of embeddings A zero, B normal.</summary>
    Kaiming,

    /// <summary>A normal with deviation 1/r, B zero.</summary>
    Gaussian,

    /// <summary>B A zero, the rows of A and the columns of B orthogonal to each other.</summary>
    Orthogonal,

    /// <summary>B A the largest singular directions of the weight, which the frozen part is left without (Meng et al. 2024).</summary>
    Pissa,
}

/// <summary>
/// What an adapter is, under PEFT's names (<c>LoraConfig</c>): which modules it changes, its rank and scale. Immutable.
/// </summary>
public sealed record AdapterConfig
{
    /// <summary>r.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>α: B A counts α / r, or α / √r with <see cref="UseRsLora"/>.</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>With which probability an input of an adapter is dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>The adapted modules; null for PEFT's choice, queries and values.</summary>
    public ModuleNames? TargetModules { get; init; }

    /// <summary>Modules that are not adapted, although <see cref="TargetModules"/> names them.</summary>
    public ModuleNames? ExcludeModules { get; init; }

    /// <summary>Modules that train whole.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>The only layers that are adapted; empty for all.</summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    /// <summary>What stands before the layer's number in the modules' names; empty for any.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Ranks of modules by regular expressions of their names; the first that fits counts.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> RankPattern { get; init; } = [];

    /// <summary>The same of α.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    public AdapterBias Bias { get; init; }

    /// <summary>Scale α / √r (Kalajdzievski 2023).</summary>
    public bool UseRsLora { get; init; }

    /// <summary>A magnitude of each row besides (DoRA).</summary>
    public bool UseDora { get; init; }

    public AdapterStart Start { get; init; }

    /// <summary>Iterations of the approximate decomposition of <see cref="AdapterStart.Pissa"/>; 0 for the exact one.</summary>
    public int PissaIterations { get; init; }

    /// <summary>Whether an embedding and a tied head that both train whole stay one matrix.</summary>
    public bool KeepsTied { get; init; }

    /// <summary>The model that it adapts: a path or a name of the hub; null where it is not said.</summary>
    public string? Base { get; init; }

    /// <summary>
    /// The config under which it is stored: one that began as <see cref="AdapterStart.Pissa"/> is stored with what it began from,
    /// as an adapter of twice the rank and the same scale, so that it fits the model as published.
    /// </summary>
    internal AdapterConfig Stored()
    {
        if (Start != AdapterStart.Pissa)
            return this;
        double factor = UseRsLora ? Math.Sqrt(2) : 2;
        return this with
        {
            Start = AdapterStart.Kaiming,
            Rank = 2 * Rank,
            Alpha = factor * Alpha,
            RankPattern = [.. RankPattern.Select(p => KeyValuePair.Create(p.Key, 2 * p.Value))],
            // ranks differ from module to module where alphas do not: those that a pattern names keep their scale as well
            AlphaPattern = [.. AlphaPattern.Select(p => KeyValuePair.Create(p.Key, factor * p.Value))],
        };
    }

    /// <summary>The same with all scales negative: what it adds is taken away.</summary>
    internal AdapterConfig TakenAway() =>
        this with
        {
            Alpha = -Alpha,
            AlphaPattern = [.. AlphaPattern.Select(p => KeyValuePair.Create(p.Key, -p.Value))],
        };

    /// <summary>r of a module.</summary>
    public int RankOf(string module) => (int)(ModulePattern.First(RankPattern, module) ?? Rank);

    /// <summary>s of a module: by what B A counts.</summary>
    public double ScaleOf(string module)
    {
        double alpha = ModulePattern.First(AlphaPattern, module) ?? Alpha;
        return alpha / (UseRsLora ? Math.Sqrt(RankOf(module)) : RankOf(module));
    }
}
