using System.Text.Json.Nodes;

namespace Simper.Reports;

/// <summary>A line of <c>samples.jsonl</c>: the model's answer to a held-out prompt.</summary>
/// <param name="When">"before" or "after".</param>
/// <param name="Row">Row of the data file, from 1.</param>
/// <param name="Prompt">The prompt, as the model read it.</param>
/// <param name="Answer">The greedy answer.</param>
/// <param name="Tokens">Its tokens; null in files without them.</param>
/// <param name="Ended">Whether the model ended it, instead of being cut off.</param>
public sealed record SampleRecord(string When, int Row, string Prompt, string Answer, int? Tokens, bool Ended)
{
    /// <exception cref="SimperException">A field is missing or of the wrong kind.</exception>
    internal static SampleRecord Read(JsonObject line, string place) =>
        JsonLines.Field(
            place,
            () =>
                new SampleRecord(
                    (string)line["when"]!,
                    (int)line["row"]!,
                    (string)line["prompt"]!,
                    (string)line["answer"]!,
                    (int?)line["tokens"],
                    (string?)line["finish_reason"] == "stop"
                )
        );
}
