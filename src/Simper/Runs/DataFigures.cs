using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// What became of a run's rows, for <c>summary.json</c>: how many are used, how many have cut answers or are left out, and why.
/// </summary>
internal static class DataFigures
{
    /// <summary>The training rows, and the held-out ones if there are some.</summary>
    public static JsonObject Of(RunSetup setup)
    {
        var figures = new JsonObject { ["train"] = Of(setup.TrainTokens) };
        if (setup.HeldOutTokens is { } heldOut)
            figures["held_out"] = Of(heldOut);
        return figures;
    }

    private static JsonObject Of(TokenizedDataset rows) =>
        new()
        {
            ["rows"] = rows.Count,
            ["with_cut_answers"] = rows.Cut,
            ["left_out"] = new JsonObject([
                .. rows.Dropped.GroupBy(d => d.Reason).Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Count())),
            ]),
            ["notes"] = new JsonArray([.. rows.Notes.Select(n => (JsonNode?)n)]),
        };
}
