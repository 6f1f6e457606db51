using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>What a model is asked for, as text.</summary>
public abstract record BenchmarkRequest
{
    /// <summary>The log-likelihood of a continuation of a context.</summary>
    public sealed record Continuation(string Context, string Text) : BenchmarkRequest;

    /// <summary>The log-likelihood of a whole text, in windows as long as the model reads.</summary>
    public sealed record Rolling(string Text) : BenchmarkRequest;

    /// <summary>What the model writes behind a context.</summary>
    /// <param name="Context">The context.</param>
    /// <param name="Arguments">The task's <c>generation_kwargs</c>.</param>
    public sealed record Generation(string Context, JsonObject Arguments) : BenchmarkRequest;
}
