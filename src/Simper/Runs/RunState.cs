using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Runs;

/// <summary>How far a run in a folder got.</summary>
/// <param name="HasResult">Whether it left a model or a summary.</param>
/// <param name="HasSummary">Whether there is a summary, which every run writes at its end.</param>
/// <param name="Stopped">The step at which it was stopped, and their number; null if it was not.</param>
/// <param name="Unchanged">Why its weights are those of the start; null if they changed, or were not compared.</param>
public sealed record RunState(bool HasResult, bool HasSummary, (int Step, int Steps)? Stopped, string? Unchanged)
{
    /// <summary>Whether it stopped by itself, because it diverged: it then left no model.</summary>
    public bool HasDiverged { get; init; }

    /// <summary>For messages: "a finished run".</summary>
    public string Words =>
        Ending is { } ending ? $"a run that {ending}"
        : HasSummary ? "a finished run"
        : "a run that saved its model and did not come to its end";

    /// <summary>A warning about the model, in a sentence; null if there is none.</summary>
    /// <param name="path">The path as the user gave it.</param>
    public string? Note(string path) =>
        (Ending, Unchanged) switch
        {
            ({ } ending, null) => $"{path} is of a run that {ending}.",
            ({ } ending, { } why) => $"{path} is of a run that {ending}, and is as it was before: {why}.",
            (null, { } why) => $"{path} is of a run that did not change it: {why}.",
            _ when !HasSummary => $"{path} is of a run that saved it and did not come to its end.",
            _ => null,
        };

    private string? Ending =>
        Stopped is var (step, steps)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{(HasDiverged ? "diverged after" : "was stopped at")} step {step} of {steps}"
            )
            : null;

    /// <summary>Whether a folder holds a checkpoint of a run.</summary>
    public static bool HasCheckpoint(string path) => Resuming.RunCheckpoints.In(path).Count > 0;

    /// <summary>Reads it from a run's folder, or that of its model; null if there is no run.</summary>
    public static RunState? Of(string path)
    {
        if (!Directory.Exists(path))
            return null;
        string folder =
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) == "model"
            && FolderKind.Run.IsIn(Path.Combine(path, ".."))
                ? Path.Combine(path, "..")
                : path;
        string summary = Path.Combine(folder, "summary.json");
        bool hasModel = RunFolder.IsModel(Path.Combine(folder, "model"));
        if (!File.Exists(summary))
            return FolderKind.Run.IsIn(folder) ? new RunState(hasModel, HasSummary: false, null, null) : null;
        (JsonObject? json, bool isRun) = (Read(summary), FolderKind.Run.IsIn(folder));
        return isRun || hasModel ? Of(json) with { HasResult = true } : null;
    }

    /// <summary>Reads it from a summary.</summary>
    public static RunState Of(JsonObject? summary)
    {
        int? Count(string name) => summary?[name] is JsonValue value && value.TryGetValue(out int count) ? count : null;
        string? status = (string?)summary?["status"];
        (int, int)? stopped =
            status is RunSummary.Interrupted or RunSummary.HasDiverged
            && (Count("steps"), Count("total_steps")) is (int step, int steps)
                ? (step, steps)
                : null;
        return new RunState(HasResult: true, HasSummary: true, stopped, (string?)summary?["weights_unchanged"])
        {
            HasDiverged = status == RunSummary.HasDiverged,
        };
    }

    private static JsonObject? Read(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) as JsonObject;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null;
        }
    }
}
