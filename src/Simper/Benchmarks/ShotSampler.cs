using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>
/// Chooses the shots of each row as the harness does: the first ones, or with one generator of Python's for the whole task, in
/// the order of the rows. Not thread safe.
/// </summary>
/// <param name="config">The task.</param>
/// <param name="pool">The rows that shots are taken from.</param>
/// <param name="seed">Of the generator.</param>
internal sealed class ShotSampler(TaskConfig config, IReadOnlyList<JsonObject> pool, long seed)
{
    private readonly PythonRandom _random = new(seed);
    private readonly string _kind = (config["fewshot_config"] as JsonObject)?["sampler"]?.ToString() ?? "default";
    private readonly IReadOnlyList<JsonObject> _pool = Chosen(config, pool);

    // Only where questions and shots are said to be of the same split, the row itself is left out.
    private readonly bool _leavesOut =
        (config.Text("fewshot_split") ?? (config["fewshot_config"] as JsonObject)?["split"]?.ToString()) is { } split
        && split == config.Text("test_split");

    /// <summary>The shots of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<JsonObject> Shots(JsonObject row, int count)
    {
        if (count == 0)
            return [];
        int needed = _leavesOut && _kind == "default" ? count + 1 : count;
        if (_pool.Count < needed)
            throw config.Fault("num_fewshot", $"{count} shots are wanted, and there are {_pool.Count} rows to take them from");
        switch (_kind)
        {
            case "default":
                IReadOnlyList<JsonObject> drawn = _random.Sample(_pool, needed);
                return _leavesOut ? [.. drawn.Where(r => !JsonNode.DeepEquals(r, row)).Take(count)] : drawn;
            case "first_n":
                return [.. (_leavesOut ? _pool.Where(r => !JsonNode.DeepEquals(r, row)) : _pool).Take(count)];
            default:
                throw config.Fault("fewshot_config", $"the sampler {_kind} is not known here; known are default and first_n");
        }
    }

    private static IReadOnlyList<JsonObject> Chosen(TaskConfig config, IReadOnlyList<JsonObject> pool) =>
        (config["fewshot_config"] as JsonObject)?["fewshot_indices"] is JsonArray { Count: > 0 } places
            ? [.. places.Select(p => pool[p!.GetValue<int>()])]
            : pool;
}
