using System.Text.Json.Nodes;

namespace Simper.Exports;

/// <summary>How an export compares with the model it was made of.</summary>
public sealed record ExportReport
{
    /// <summary>The format.</summary>
    public required ExportFormat Format { get; init; }

    /// <summary>Where the export lies.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes of its weights.</summary>
    public required long Bytes { get; init; }

    /// <summary>Types of tensors, and how many there are of each.</summary>
    public required IReadOnlyDictionary<string, int> Types { get; init; }

    /// <summary>What was written otherwise than it was, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Sequences scored.</summary>
    public required int Sequences { get; init; }

    /// <summary>Tokens scored.</summary>
    public required int Tokens { get; init; }

    /// <summary>Mean |Δ log p| of a token.</summary>
    public required double MeanDifference { get; init; }

    /// <summary>Largest |Δ log p| of a token.</summary>
    public required double LargestDifference { get; init; }

    /// <summary>Mean KL divergence of the distributions of the next token after each sequence.</summary>
    public required double MeanDivergence { get; init; }

    /// <summary>How many sequences have the same likeliest next token.</summary>
    public required int SameBest { get; init; }

    /// <summary>Mean |Δ| of the answers' mean log-probs: what SimPER sees.</summary>
    public required double AnswerDifference { get; init; }

    /// <summary>What differs that must not: ids of texts, bytes of templates, stop tokens.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>What is allowed of <see cref="MeanDifference"/> and <see cref="MeanDivergence"/>.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Whether the export is as good as its type allows. Written so that NaN is not.</summary>
    public bool Holds => Faults.Count == 0 && MeanDifference <= Tolerance && MeanDivergence <= Tolerance;

    /// <summary>The report as it is written beside the export.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["type"] = Format.Type,
            ["holds"] = Holds,
            ["tolerance"] = Tolerance,
            ["bytes"] = Bytes,
            ["tensor_types"] = new JsonObject(Types.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
            ["sequences"] = Sequences,
            ["tokens"] = Tokens,
            ["logps/mean_difference"] = Number(MeanDifference),
            ["logps/largest_difference"] = Number(LargestDifference),
            ["logps/answer_mean_difference"] = Number(AnswerDifference),
            ["next_token/kl_mean"] = Number(MeanDivergence),
            ["next_token/same_best"] = SameBest,
            ["faults"] = new JsonArray([.. Faults.Select(f => (JsonNode)f)]),
            ["notes"] = new JsonArray([.. Notes.Select(n => (JsonNode)n)]),
        };

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;
}
