using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>What the model answered to the requests of one row, after a filter.</summary>
internal sealed record TaskAnswers
{
    /// <summary>The log-likelihood of each continuation, or of the whole text.</summary>
    public IReadOnlyList<double> LogLikelihoods { get; init; } = [];

    /// <summary>Whether each continuation is what greedy decoding would write.</summary>
    public IReadOnlyList<bool> AreGreedy { get; init; } = [];

    /// <summary>The generated text; several where the filter keeps several.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>The single generated text.</summary>
    public string Text => Texts.Count > 0 ? Texts[0] : "";
}

/// <summary>The figures of one row by name: numbers, truths, lists of truths, or a value with its weight.</summary>
internal sealed class RowFigures : List<KeyValuePair<string, JsonNode>>
{
    public void Add(string name, JsonNode value) => Add(KeyValuePair.Create(name, value));

    public void AddWeighted(string name, double value, double weight) => Add(name, new JsonArray(value, weight));
}
