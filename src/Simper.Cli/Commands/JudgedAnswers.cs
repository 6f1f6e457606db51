using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Evaluation;
using Simper.Generation;
using Simper.Models;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>
/// A model's answers to a file of prompts, in a file that grows by a few at a time: a command that was stopped goes on where it
/// was. Answers of another model, of another length or to other prompts are made anew.
/// </summary>
internal static class JudgedAnswers
{
    private const int Together = 8; // prompts per pass
    private const string Generator = "generator";
    private const string Longest = "max_new_tokens";
    private const string Answer = "answer";

    /// <summary>Answers what is not answered yet.</summary>
    /// <param name="console">Where progress is shown.</param>
    /// <param name="path">The model.</param>
    /// <param name="prompts">The file of prompts.</param>
    /// <param name="file">The file of answers, whose path is returned.</param>
    /// <param name="longest">The longest answer, in tokens.</param>
    /// <param name="cancel">Stops between two passes; what was answered stays.</param>
    public static string Make(
        IAnsiConsole console,
        string path,
        string prompts,
        string file,
        int longest,
        CancellationToken cancel
    )
    {
        IReadOnlyList<GivenPrompt> asked = PromptSource.Read([], [prompts], TextReader.Null);
        JsonObject[] rows = [.. asked.Select(p => Row(p, path, longest))];
        string[] known = Known(file, rows);
        if (known.Length == rows.Length)
            return file;
        // Whole passes, so that every answer is made in the same company as in one go.
        int done = known.Length / Together * Together;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllLines(file, known.Take(done));
        using LanguageModel model = AnsweringModel.Open(path, cancel: cancel);
        var answers = new TextAnswers(model);
        using var status = new StatusLine(console, $"{path} answers");
        using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read);
        foreach (GivenPrompt[] batch in asked.Skip(done).Chunk(Together))
        {
            var found = answers.Answer(
                [.. batch.Select(p => answers.Prompt(p.Messages, p.Tools))],
                new SamplingSettings { MaxNewTokens = longest },
                cancel
            );
            KeptAnswers.In(file, _ => cancel.ThrowIfCancellationRequested());
            for (int i = 0; i < batch.Length; i++)
            {
                JsonObject row = rows[done + i];
                row[Answer] = found[i].Text;
                stream.Write(Encoding.UTF8.GetBytes(ReadableJson.OneLine(row) + "\n"));
            }
            stream.Flush();
            done += batch.Length;
            status.Show((double)done / asked.Count, $"{path}: {done} of {asked.Count} answers");
        }
        return file;
    }

    private static JsonObject Row(GivenPrompt prompt, string path, int longest)
    {
        JsonObject row = prompt.Row?.DeepClone().AsObject() ?? new JsonObject { ["prompt"] = prompt.Text };
        row.Remove(Answer);
        (row[Generator], row[Longest]) = (path, longest);
        return row;
    }

    // The lines of an earlier run of the command, from the first one on.
    private static string[] Known(string file, JsonObject[] rows)
    {
        if (!File.Exists(file))
            return [];
        string text = File.ReadAllText(file);
        string[] lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int count = 0;
        while (count < lines.Length && count < rows.Length && IsOf(lines[count], rows[count]))
            count++;
        return lines.Length > rows.Length ? lines[..Math.Min(count, rows.Length - 1)] : lines[..count];
    }

    private static bool IsOf(string line, JsonObject row)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject found && found.Remove(Answer) && JsonNode.DeepEquals(found, row);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
