using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Cli.Commands;

/// <summary>A prompt to be answered.</summary>
/// <param name="Text">As given; null for a row.</param>
/// <param name="Row">The JSON object it was read from; null for a text.</param>
/// <param name="Messages">The conversation.</param>
/// <param name="Tools">The tools passed to the template.</param>
internal sealed record GivenPrompt(string? Text, JsonObject? Row, IReadOnlyList<ChatMessage> Messages, JsonArray? Tools)
{
    public static GivenPrompt Of(string text) => new(text, null, [new ChatMessage("user", text)], null);

    /// <summary>The same with a system message in front, if it has none.</summary>
    public GivenPrompt Under(string? system) =>
        system is null || Messages[0].Role == "system"
            ? this
            : this with
            {
                Messages = [new ChatMessage("system", system), .. Messages],
            };
}

/// <summary>Prompts from the command line, from files and from standard input.</summary>
internal static class PromptSource
{
    /// <summary>All prompts: those of the command line, those of the files, or else one per line of standard input.</summary>
    /// <param name="texts">Each is a prompt; "-" is all of standard input.</param>
    /// <param name="files">Each is a prompt with all its lines, or rows of JSON; "-" is standard input.</param>
    /// <param name="input">Standard input.</param>
    /// <exception cref="SimperException">A file cannot be read, a row is not a prompt, or there is no prompt.</exception>
    public static IReadOnlyList<GivenPrompt> Read(IReadOnlyList<string> texts, IReadOnlyList<string> files, TextReader input)
    {
        if (texts.Concat(files).Count(t => t == "-") > 1)
            throw new SimperException("Standard input (-) is read once; name it once.");
        List<GivenPrompt> prompts =
        [
            .. texts.Select(t => t == "-" ? Whole(input.ReadToEnd(), "standard input") : GivenPrompt.Of(t)),
        ];
        foreach (string file in files)
        {
            string place = file == "-" ? "standard input" : file;
            string text = file == "-" ? input.ReadToEnd() : ReadFile(file);
            bool isRows =
                file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
                || file.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
            prompts.AddRange(isRows || LooksLikeRows(text) ? Rows(text, place) : [Whole(text, place)]);
        }
        if (texts.Count == 0 && files.Count == 0)
        {
            string all = input.ReadToEnd();
            prompts.AddRange(LooksLikeRows(all) ? Rows(all, "standard input") : Lines(all).Select(l => GivenPrompt.Of(l.Text)));
        }
        return prompts.Count > 0
            ? prompts
            : throw new SimperException("There is no prompt; give --prompt, --prompt_file, or lines on standard input.");
    }

    // The line end that editors append to the last line is not part of the prompt.
    private static GivenPrompt Whole(string text, string place)
    {
        text = text.TrimStart('\uFEFF').ReplaceLineEndings("\n");
        text = text.EndsWith('\n') ? text[..^1] : text;
        return text.Trim().Length > 0
            ? GivenPrompt.Of(text)
            : throw new SimperException($"{place} is empty; a prompt has at least one character.");
    }

    private static string ReadFile(string file)
    {
        if (Directory.Exists(file))
            throw new SimperException($"--prompt_file: {file} is a folder; give a file.");
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"--prompt_file: {file} cannot be read: {SystemFault.Sentence(e)}; give another file.", e);
        }
    }

    private static bool LooksLikeRows(string text)
    {
        string first = Lines(text).FirstOrDefault().Text ?? "";
        try
        {
            return first.TrimStart().StartsWith('{') && JsonNode.Parse(first) is JsonObject row && PromptRow.IsLike(row);
        }
        catch (JsonException)
        {
            return false; // a text that begins with a brace
        }
    }

    private static IEnumerable<GivenPrompt> Rows(string text, string place)
    {
        if (text.TrimStart('\uFEFF').TrimStart().StartsWith('['))
            return Parsed(text, place) is JsonArray list ? [.. list.Select((row, i) => Row(row, $"{place}, item {i + 1}"))] : [];
        return
        [
            .. Lines(text).Select(line => Row(Parsed(line.Text, $"{place}, line {line.Number}"), $"{place}, line {line.Number}")),
        ];
    }

    private static GivenPrompt Row(JsonNode? json, string place)
    {
        if (json?.GetValueKind() == JsonValueKind.String)
            return GivenPrompt.Of((string)json!);
        if (json is not JsonObject row)
            throw new SimperException($"{place}: a row has to be a JSON object with \"prompt\" or \"messages\".");
        PromptRow read = PromptRow.Read(row, place);
        return new GivenPrompt(null, row, read.Messages, read.Tools);
    }

    private static JsonNode? Parsed(string text, string place)
    {
        try
        {
            return JsonNode.Parse(text.TrimStart('\uFEFF'));
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place} is no JSON: {SystemFault.Sentence(e)}.", e);
        }
    }

    private static IEnumerable<(string Text, int Number)> Lines(string text) =>
        text.TrimStart('\uFEFF')
            .ReplaceLineEndings("\n")
            .Split('\n')
            .Select((line, i) => (line, i + 1))
            .Where(l => l.line.Trim().Length > 0);
}
