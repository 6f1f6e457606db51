using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Runs;

/// <summary>A key and its value with its place, for messages.</summary>
/// <param name="Key">The key as it is written.</param>
/// <param name="Value">A value's text; the values of a list with commas between; a map, or a list of other things, as JSON.</param>
/// <param name="Place">File and line, or the flag of the command line.</param>
internal sealed record RecipeEntry(string Key, string Value, string Place)
{
    /// <summary>The key with its place, as a sentence about it begins; a flag is its own place.</summary>
    public string Subject => IsFlag ? "--" + Key : $"{Place}: {Key}";

    /// <summary>As <see cref="Subject"/>, where the key may be no word that anyone knows.</summary>
    public string Named => IsFlag ? "--" + Key : $"{Place}: the key {Key}";

    private bool IsFlag => ("--" + Key).StartsWith(Place, StringComparison.Ordinal);

    /// <summary>Whether the value is one value, a list of values, or a map (or a list of lists or maps).</summary>
    public RecipeEntryShape Shape { get; init; } = RecipeEntryShape.Value;
}

/// <summary>What stands behind a key.</summary>
internal enum RecipeEntryShape
{
    Value,
    List,
    Map,
}

/// <summary>Reads the keys and values of a YAML recipe.</summary>
internal static class RecipeFile
{
    public static List<RecipeEntry> Read(string file)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(file)));
            if (yaml.Documents.Count == 0)
                return [];
            if (yaml.Documents.Count > 1 || yaml.Documents[0].RootNode is not YamlMappingNode root)
                throw new SimperException($"{file}: a recipe is one list of \"key: value\" lines.");
            return [.. root.Children.Select(c => Entry(file, c.Key, c.Value))];
        }
        catch (YamlException e)
        {
            throw new SimperException($"{file}, line {e.Start.Line}, column {e.Start.Column}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{file} cannot be read: {e.Message}", e);
        }
    }

    private static RecipeEntry Entry(string file, YamlNode key, YamlNode value)
    {
        string place = $"{file}, line {key.Start.Line}";
        if (key is not YamlScalarNode { Value: { } name })
            throw new SimperException($"{place}: a key has to be a name.");
        return value switch
        {
            YamlScalarNode scalar => new RecipeEntry(name, Text(scalar), place),
            YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode) => new RecipeEntry(name, string.Join(',', list.Children.Cast<YamlScalarNode>().Select(Text)), place)
            {
                Shape = list.Children.Count < 2 ? RecipeEntryShape.Value : RecipeEntryShape.List, // loss_type: [sigmoid] is one value
            },
            _ => new RecipeEntry(name, Json(value)!.ToJsonString(Readable), place) { Shape = RecipeEntryShape.Map },
        };
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(c.Key.ToString(), Json(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode scalar when IsNull(scalar) => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "True" or "TRUE" or "yes" or "Yes" or "on" or "On" } => JsonValue.Create(true),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "false" or "False" or "FALSE" or "no" or "No" or "off" or "Off" } => JsonValue.Create(false),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number) => JsonNumber(scalar.Value!) ?? JsonValue.Create(number),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException($"A YAML node of kind {node.NodeType}."),
    };

    // As it is written where that is JSON: 2 is whole, 2.0 is not, and long ones keep all their digits.
    private static JsonNode? JsonNumber(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(YamlScalarNode scalar) => IsNull(scalar) ? "" : scalar.Value!;

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "null" or "~" or "None";
}
