using System.Text.Json.Nodes;

namespace Simper.Judging.AlpacaEval;

/// <summary>A model's answer to one instruction, as in the package's <c>model_outputs.json</c>.</summary>
/// <param name="Instruction">The instruction; answers are matched by it.</param>
/// <param name="Output">The answer.</param>
/// <param name="Generator">The model's name.</param>
/// <param name="Dataset">Which part of the set it is from; null if that is not said.</param>
public sealed record AlpacaOutput(string Instruction, string Output, string Generator, string? Dataset)
{
    /// <summary>Reads a file of answers: a JSON list, or JSON lines; also compressed.</summary>
    /// <exception cref="SimperException">It is none, or has an instruction twice.</exception>
    public static IReadOnlyList<AlpacaOutput> Read(string path)
    {
        AlpacaOutput[] outputs =
        [
            .. JudgeFiles
                .Rows(path)
                .Select(r => new AlpacaOutput(
                    JudgeFiles.Text(r.Row, "instruction", r.Place),
                    JudgeFiles.Text(r.Row, "output", r.Place),
                    r.Row["generator"]?.ToString() ?? Path.GetFileNameWithoutExtension(path),
                    (string?)r.Row["dataset"]
                )),
        ];
        if (outputs.GroupBy(o => o.Instruction).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new SimperException(
                $"{path}: the instruction \"{JudgeFiles.Excerpt(twice.Key)}\" is answered {twice.Count()} times; leave one."
            );
        return outputs.Length > 0 ? outputs : throw new SimperException($"{path} has no answers.");
    }

    /// <summary>Writes a file of answers, replacing one of that name.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<AlpacaOutput> outputs) =>
        JudgeFiles.Write(
            path,
            new JsonArray([
                .. outputs.Select(o =>
                {
                    var row = new JsonObject
                    {
                        ["instruction"] = o.Instruction,
                        ["output"] = o.Output,
                        ["generator"] = o.Generator,
                    };
                    if (o.Dataset is not null)
                        row["dataset"] = o.Dataset;
                    return row;
                }),
            ])
        );
}
