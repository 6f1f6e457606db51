namespace Simper.Models;

/// <summary>
/// The weights of one block. Query, key and value projections are one matrix, so are gate and up: fewer, larger products.
/// </summary>
internal sealed record BlockWeights : IDisposable
{
    public required Parameter AttentionNorm { get; init; }

    /// <summary>[(H + 2K) E, D]: queries, keys, values.</summary>
    public required Parameter QueryKeyValue { get; init; }

    public Parameter? QueryKeyValueBias { get; init; }

    /// <summary>[D, H E]</summary>
    public required Parameter Output { get; init; }

    public Parameter? OutputBias { get; init; }

    public required Parameter MlpNorm { get; init; }

    /// <summary>[2 I, D]: gate, up.</summary>
    public required Parameter GateUp { get; init; }

    public Parameter? GateUpBias { get; init; }

    /// <summary>[D, I]</summary>
    public required Parameter Down { get; init; }

    public Parameter? DownBias { get; init; }

    public IEnumerable<Parameter> All =>
        new[]
        {
            AttentionNorm,
            QueryKeyValue,
            QueryKeyValueBias,
            Output,
            OutputBias,
            MlpNorm,
            GateUp,
            GateUpBias,
            Down,
            DownBias,
        }.OfType<Parameter>();

    public void Dispose()
    {
        foreach (Parameter parameter in All)
            parameter.Dispose();
    }
}
