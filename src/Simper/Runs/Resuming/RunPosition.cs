using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Simper.Objectives;
using Simper.Training;

namespace Simper.Runs.Resuming;

/// <summary>
/// Where a run is, besides its tensors: what it is a run of (recipe, model, data, program), how large its passes are, how long
/// its logs are, and what its next log line and its summary are made of.
/// </summary>
internal sealed record RunPosition
{
    // Numbers are written so that they read back to the same bits; a missing answer's are NaN.
    private static readonly JsonSerializerOptions Exact = new()
    {
        IncludeFields = true, // of tuples
        IgnoreReadOnlyProperties = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Optimizer steps done.</summary>
    public required int Step { get; init; }

    /// <summary>The recipe, as YAML.</summary>
    public required string Recipe { get; init; }

    /// <summary>A hash of the weights at the start.</summary>
    public required string Model { get; init; }

    /// <summary>A hash of the tokenized rows, training and held-out.</summary>
    public required string Data { get; init; }

    /// <summary>What the numbers' last bits depend on besides: versions, threads, processor.</summary>
    public required IReadOnlyDictionary<string, string> Program { get; init; }

    /// <summary>The sizes of passes, which the memory decided.</summary>
    public required PassSizes Passes { get; init; }

    /// <summary>The lengths of the run's logs in bytes, by their names in the folder.</summary>
    public required IReadOnlyDictionary<string, long> Logs { get; init; }

    /// <summary>What the summary counts.</summary>
    public required RunTotals Totals { get; init; }

    /// <summary>Whether the evaluation between, which was due after this step, was stopped: it is not in the logs.</summary>
    public bool EvaluationIsMissing { get; init; }

    /// <summary>Steps since the last log line.</summary>
    public IReadOnlyList<LoggedStep> Unlogged { get; init; } = [];

    /// <summary>A <see cref="StepReport"/> as it is stored.</summary>
    internal sealed record LoggedStep
    {
        public required int Number { get; init; }

        public required int TotalSteps { get; init; }

        public required double Epoch { get; init; }

        public required double LearningRate { get; init; }

        public required double GradientNorm { get; init; }

        public required long Tokens { get; init; }

        public required long Ticks { get; init; }

        public required bool ReportsMeanLogProbs { get; init; }

        public required IReadOnlyList<PairOutcome> Outcomes { get; init; }

        public static LoggedStep Of(StepReport report) =>
            new()
            {
                Number = report.Number,
                TotalSteps = report.TotalSteps,
                Epoch = report.Epoch,
                LearningRate = report.LearningRate,
                GradientNorm = report.GradientNorm,
                Tokens = report.Tokens,
                Ticks = report.Elapsed.Ticks,
                ReportsMeanLogProbs = report.Metrics.ReportsMeanLogProbs,
                Outcomes = report.Metrics.Outcomes,
            };

        public StepReport ToReport() =>
            new()
            {
                Number = Number,
                TotalSteps = TotalSteps,
                Epoch = Epoch,
                LearningRate = LearningRate,
                GradientNorm = GradientNorm,
                Tokens = Tokens,
                Elapsed = TimeSpan.FromTicks(Ticks),
                Metrics = PreferenceMetrics.Of(Outcomes, ReportsMeanLogProbs),
            };
    }

    /// <summary>As in the file.</summary>
    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, Exact)!.AsObject();

    /// <summary>Reads it.</summary>
    /// <exception cref="JsonException">Something is missing, or is not what it should be.</exception>
    public static RunPosition Read(JsonObject json) => json.Deserialize<RunPosition>(Exact)!;
}
