using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Runs;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Benchmarks;

/// <summary>
/// Reads task files in the YAML of lm-evaluation-harness as JSON: the tag <c>!function module.name</c> becomes
/// <c>{"!function": "module.name"}</c>, and <c>include</c> brings in the keys of other files, which the file's own override.
/// </summary>
internal static partial class TaskYaml
{
    /// <summary>The key of a reference to a function.</summary>
    public const string Function = "!function";

    private const string Include = "include";
    private const int Deepest = 64;
    private const int MostIncludes = 16;
    private const int MostNodes = 200_000;
    private const long LargestFile = 4 << 20;

    /// <summary>A file with everything that it includes.</summary>
    /// <exception cref="SimperException">It is missing, no YAML, or includes itself.</exception>
    public static JsonObject Read(TaskFile file) => WithIncludes(ReadAlone(file), file, 0);

    /// <summary>A file by itself.</summary>
    public static JsonObject ReadAlone(TaskFile file)
    {
        string text = file.Text(LargestFile);
        try
        {
            YamlStream yaml = ShallowYaml.Load(text);
            int left = MostNodes;
            return
                yaml.Documents.Count == 1
                && yaml.Documents[0].RootNode is YamlMappingNode root
                && Value(root, file, 0, ref left) is JsonObject map
                ? map
                : throw new SimperException($"{file}: a task is one list of \"key: value\" lines.");
        }
        catch (YamlException e)
        {
            throw new SimperException(
                $"{file}, line {e.Start.Line}: this is not YAML ({e.Message.Split('\n')[0].TrimEnd('.')}).",
                e
            );
        }
    }

    /// <summary>A definition inside a file, with what it includes.</summary>
    public static JsonObject WithIncludes(JsonObject config, TaskFile file, int depth = 0)
    {
        if (depth > MostIncludes)
            throw new SimperException($"{file}: it includes itself, or more than {MostIncludes} files inside each other.");
        if (config[Include] is not { } included)
            return config;
        var whole = new JsonObject();
        foreach (JsonNode? name in included is JsonArray list ? list : [included.DeepClone()])
        {
            TaskFile other = file.Beside(name?.ToString() ?? "");
            foreach ((string key, JsonNode? value) in WithIncludes(ReadAlone(other), other, depth + 1))
                whole[key] = value?.DeepClone();
        }
        foreach ((string key, JsonNode? value) in config)
        {
            if (key != Include)
                whole[key] = value?.DeepClone();
        }
        return whole;
    }

    private static JsonNode? Value(YamlNode node, TaskFile file, int depth, ref int left)
    {
        if (depth > Deepest || --left < 0)
            throw new SimperException($"{file}: it has no end once its aliases (*name) are written out.");
        switch (node)
        {
            case YamlScalarNode scalar when !scalar.Tag.IsEmpty && scalar.Tag.Value == Function:
                return new JsonObject { [Function] = scalar.Value };
            case YamlScalarNode scalar:
                return Scalar(scalar);
            case YamlSequenceNode list:
                var items = new JsonArray();
                foreach (YamlNode item in list.Children)
                    items.Add(Value(item, file, depth + 1, ref left));
                return items;
            case YamlMappingNode map:
                var members = new JsonObject();
                foreach ((YamlNode key, YamlNode value) in map.Children)
                    Add(members, key, Value(value, file, depth + 1, ref left), file);
                return members;
            default:
                throw new SimperException($"{file}, line {node.Start.Line}: this kind of YAML is not read.");
        }
    }

    private static void Add(JsonObject members, YamlNode key, JsonNode? value, TaskFile file)
    {
        string name =
            (key as YamlScalarNode)?.Value
            ?? throw new SimperException($"{file}, line {key.Start.Line}: a key has to be a name.");
        if (name != "<<")
        {
            members[name] = value;
            return;
        }
        foreach ((string merged, JsonNode? member) in value as JsonObject ?? [])
        {
            if (!members.ContainsKey(merged))
                members[merged] = member?.DeepClone();
        }
    }

    // Words and numbers as PyYAML reads them (YAML 1.1).
    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(text);
        if (text is "" or "~" or "null" or "Null" or "NULL")
            return null;
        if (text.ToLowerInvariant() is "true" or "yes" or "on" && IsWord(text))
            return JsonValue.Create(true);
        if (text.ToLowerInvariant() is "false" or "no" or "off" && IsWord(text))
            return JsonValue.Create(false);
        return Whole().IsMatch(text) || Fraction().IsMatch(text) ? Number(text) : JsonValue.Create(text);
    }

    // As JSON where it is JSON, so that it can be read as any kind of number.
    private static JsonNode? Number(string text) =>
        JsonNode.Parse(
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && (text[0] is '+' or '.' || text.Contains("-.", StringComparison.Ordinal) || text[^1] == '.')
                ? number.ToString("R", CultureInfo.InvariantCulture)
                : text
        );

    // yes, Yes and YES, but not yES
    private static bool IsWord(string text) => text[1..] == text[1..].ToLowerInvariant() || text == text.ToUpperInvariant();

    [GeneratedRegex(@"^[-+]?(?:0|[1-9][0-9]*)$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?$")]
    private static partial Regex Fraction();
}
