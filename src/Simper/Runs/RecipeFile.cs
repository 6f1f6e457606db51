using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Runs;

/// <summary>Reads the keys and values of a recipe: YAML, or JSON, which is a subset of YAML.</summary>
internal static partial class RecipeFile
{
    // Recipes are pages of text; a model or a data file given by mistake is not read to its end.
    private const long LargestFile = 1 << 20;

    public static List<RecipeEntry> Read(string file) => Parse(file, Text(file));

    /// <summary>Reads a text; the file is for messages.</summary>
    public static List<RecipeEntry> Parse(string file, string text)
    {
        try
        {
            YamlStream yaml = ShallowYaml.Load(text);
            if (yaml.Documents.Count == 0)
                return [];
            if (yaml.Documents.Count > 1 || yaml.Documents[0].RootNode is not YamlMappingNode root)
                throw new SimperException($"{file}: a recipe is one list of \"key: value\" lines.");
            return RecipeNodes.Entries(file, root);
        }
        catch (YamlException e)
        {
            throw new SimperException(Fault(file, text, e), e);
        }
    }

    /// <summary>Whether a plain scalar means that a key is unset.</summary>
    public static bool IsNull(string word) => word is "" or "null" or "Null" or "NULL" or "~" or "None";

    private static string Text(string file)
    {
        if (Directory.Exists(file))
        {
            string run = Path.Combine(file, "recipe.yaml");
            throw new SimperException(
                $"{file} is a folder; give a recipe file{(File.Exists(run) ? $", as {run}, the recipe of the run in it" : "")}."
            );
        }
        if (!File.Exists(file))
            throw new SimperException(
                $"{file} cannot be read: there is no such file; give a recipe file (YAML), and keys of it as --key "
                    + $"value.{Near(file)}"
            );
        string what = Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".gguf" or ".safetensors" or ".bin" => "is a model's file, not a recipe; give it as --model_name_or_path",
            ".jsonl" or ".gz" or ".parquet" or ".csv" or ".arrow" => "is a file of data, not a recipe; give it as --dataset_name",
            ".sh" or ".py" => "is a script, not a recipe; give its keys behind simper train, as --key value",
            _ => new FileInfo(file).Length > LargestFile
                ? "is too large for a recipe, which is a list of \"key: value\" lines"
                : "",
        };
        if (what.Length > 0)
            throw new SimperException($"{file} {what}.");
        try
        {
            using var reader = new StreamReader(
                file,
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
                detectEncodingFromByteOrderMarks: true
            );
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new SimperException($"{file}, line {LineOfBadByte(file)}: the file is not UTF-8 text; save it as UTF-8.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{file} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
    }

    private static string Near(string file)
    {
        string folder = Path.GetDirectoryName(file) is { Length: > 0 } named ? named : ".";
        string[] recipes = Directory.Exists(folder)
            ?
            [
                .. Directory
                    .GetFiles(folder, "*.yaml")
                    .Concat(Directory.GetFiles(folder, "*.yml"))
                    .Select(f => Path.GetFileName(f))
                    .Order(StringComparer.Ordinal)
                    .Take(6),
            ]
            : [];
        return recipes.Length > 0
            ? $" In {(folder == "." ? "this folder" : folder)} there {(recipes.Length == 1 ? "is" : "are")} "
                + $"{string.Join(", ", recipes)}."
            : "";
    }

    private static int LineOfBadByte(string file)
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        int line = 1;
        foreach (string text in File.ReadAllText(file, Encoding.Latin1).Split('\n'))
        {
            try
            {
                strict.GetString(Encoding.Latin1.GetBytes(text));
            }
            catch (DecoderFallbackException)
            {
                break;
            }
            line++;
        }
        return line;
    }

    // The parser's messages name its tokens; the most common mistakes get messages of their own.
    private static string Fault(string file, string text, YamlException e)
    {
        string[] lines = text.Split('\n');
        long number = Math.Clamp(e.Start.Line, 1, lines.Length);
        string place = $"{file}, line {number}";
        if (
            e.Message.StartsWith("a key has", StringComparison.Ordinal)
            || e.Message.StartsWith("it is nested", StringComparison.Ordinal)
        )
            return $"{place}: {e.Message}.";
        if (Twice().Match(e.Message) is { Success: true } twice)
            return $"{place}: {twice.Groups[1].Value} is given twice.";
        if (UnknownAlias(lines) is { } alias)
            return $"{file}, line {alias.Line}: *{alias.Name} is an alias without an anchor (&{alias.Name}) above it.";
        int tab = Array.FindIndex(lines, l => Indent().IsMatch(l));
        if (tab >= 0 && tab + 1 <= number + 1)
            return $"{file}, line {tab + 1}: a tab stands before the key; YAML indents by blanks.";
        string shown = lines[number - 1].Trim();
        return $"{place}, column {e.Start.Column}: this is not "
            + $"YAML{(shown.Length > 0 ? $" (\"{(shown.Length > 60 ? shown[..60] + "..." : shown)}\")" : "")}; "
            + $"{Hint(text, shown)}.";
    }

    private static (int Line, string Name)? UnknownAlias(string[] lines)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < lines.Length; i++)
        {
            foreach (Match mark in Mark().Matches(lines[i]))
            {
                if (mark.Groups[1].Value == "&")
                    anchors.Add(mark.Groups[2].Value);
                else if (!anchors.Contains(mark.Groups[2].Value))
                    return (i + 1, mark.Groups[2].Value);
            }
        }
        return null;
    }

    private static string Hint(string text, string line) =>
        text.AsSpan().TrimStart().StartsWith("{") || line.StartsWith('{') || line.StartsWith('[') || line.EndsWith(',')
            ? "a bracket or a comma is missing or too much"
        : line.Contains('\'') || line.Contains('"') ? "a quotation mark is missing or too much"
        : line.Contains(": ", StringComparison.Ordinal)
        && line.IndexOf(": ", StringComparison.Ordinal) != line.LastIndexOf(": ", StringComparison.Ordinal)
            ? "a value with a colon in it needs quotation marks"
        : "write one \"key: value\" a line, those that belong together equally far from the left";

    [GeneratedRegex(@"[Dd]uplicate key:?\s*'?([^'\s]+)")]
    private static partial Regex Twice();

    [GeneratedRegex(@"(?<=[:\-,\[{]\s*)([&*])([\w.-]+)")]
    private static partial Regex Mark();

    [GeneratedRegex(@"^ *\t[ \t]*[^\s#]")]
    private static partial Regex Indent();
}
