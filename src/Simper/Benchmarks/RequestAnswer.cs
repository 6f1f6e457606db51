namespace Simper.Benchmarks;

/// <summary>What a model answered to a request.</summary>
public sealed record RequestAnswer
{
    /// <summary>The log-likelihood of the continuation or the text.</summary>
    public double LogLikelihood { get; init; }

    /// <summary>Whether every token of the continuation is the most likely one.</summary>
    public bool IsGreedy { get; init; }

    /// <summary>The generated text, up to a stop text.</summary>
    public string Text { get; init; } = "";

    /// <summary>The generated tokens.</summary>
    public IReadOnlyList<int> Ids { get; init; } = [];
}
