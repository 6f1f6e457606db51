using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>A row of a task with what the model is asked about it.</summary>
/// <param name="Id">The row's place in the split, from 0.</param>
/// <param name="Row">The row.</param>
/// <param name="Target">What is right: a text, a place among the choices, or several of them.</param>
/// <param name="Requests">The requests, one for each choice.</param>
public sealed record TaskSample(int Id, JsonObject Row, JsonNode? Target, IReadOnlyList<BenchmarkRequest> Requests);
