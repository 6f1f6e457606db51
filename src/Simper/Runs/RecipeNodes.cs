using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Runs;

/// <summary>Creates recipe entries from YAML nodes.</summary>
internal static class RecipeNodes
{
    // An alias may refer to a node that contains aliases: expanded, a few lines of them are endless.
    private const int MostNodes = 10_000;
    private const int Deepest = 64;

    public static List<RecipeEntry> Entries(string file, YamlMappingNode root)
    {
        var entries = new List<RecipeEntry>();
        var merged = new List<(YamlNode Key, YamlNode Value)>();
        foreach ((YamlNode key, YamlNode value) in root.Children)
        {
            if (key is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain })
                merged.AddRange(Merged(file, key, value));
            else
                entries.Add(Entry(file, key, value));
        }
        foreach ((YamlNode key, YamlNode value) in merged)
        {
            RecipeEntry entry = Entry(file, key, value);
            if (entries.TrueForAll(e => e.Key != entry.Key)) // the map's own keys override merged ones
                entries.Add(entry);
        }
        return entries;
    }

    private static IEnumerable<(YamlNode Key, YamlNode Value)> Merged(string file, YamlNode key, YamlNode value) =>
        value switch
        {
            YamlMappingNode map => map.Children.Select(c => (c.Key, c.Value)),
            YamlSequenceNode list when list.Children.All(c => c is YamlMappingNode) => list
                .Children.Cast<YamlMappingNode>()
                .SelectMany(m => m.Children.Select(c => (c.Key, c.Value))),
            _ => throw new SimperException($"{file}, line {key.Start.Line}: << takes the keys of a map, and this is none."),
        };

    private static RecipeEntry Entry(string file, YamlNode key, YamlNode value)
    {
        string place = $"{file}, line {key.Start.Line}";
        if (key is not YamlScalarNode { Value: { } name })
            throw new SimperException($"{place}: a key has to be a name.");
        return value switch
        {
            YamlScalarNode scalar => new RecipeEntry(name, Text(scalar), place),
            YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode) => new RecipeEntry(
                name,
                string.Join(',', list.Children.Cast<YamlScalarNode>().Select(Text)),
                place
            )
            {
                // loss_type: [sigmoid] is one value
                Shape = list.Children.Count < 2 ? RecipeEntryShape.Value : RecipeEntryShape.List,
            },
            _ => new RecipeEntry(name, Written(value, $"{place}: {name}"), place) { Shape = RecipeEntryShape.Map },
        };
    }

    private static string Written(YamlNode value, string subject)
    {
        int left = MostNodes;
        return ReadableJson.OneLine(Json(value, 0)!);

        JsonNode? Json(YamlNode node, int depth)
        {
            if (depth > Deepest || --left < 0)
                throw new SimperException(
                    $"{subject} has no end, or {MostNodes} values and more, once its aliases (*name) are written out."
                );
            return node switch
            {
                YamlMappingNode map => new JsonObject(
                    map.Children.Select(c =>
                        KeyValuePair.Create(
                            c.Key is YamlScalarNode { Value: { } name }
                                ? name
                                : throw new SimperException($"{subject} has a key that is no name."),
                            Json(c.Value, depth + 1)
                        )
                    )
                ),
                YamlSequenceNode list => new JsonArray([.. list.Children.Select(c => Json(c, depth + 1))]),
                YamlScalarNode scalar when IsNull(scalar) => null,
                YamlScalarNode
                {
                    Style: ScalarStyle.Plain,
                    Value: "true" or "True" or "TRUE" or "yes" or "Yes" or "on" or "On"
                } => JsonValue.Create(true),
                YamlScalarNode
                {
                    Style: ScalarStyle.Plain,
                    Value: "false" or "False" or "FALSE" or "no" or "No" or "off" or "Off"
                } => JsonValue.Create(false),
                YamlScalarNode { Style: ScalarStyle.Plain } scalar
                    when double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                        && double.IsFinite(number) => JsonNumber(scalar.Value!) ?? JsonValue.Create(number),
                YamlScalarNode scalar => JsonValue.Create(scalar.Value),
                _ => throw new InvalidOperationException($"A YAML node of kind {node.NodeType}."),
            };
        }
    }

    // As written where that is JSON: 2 is an integer, 2.0 is not, and long numbers keep all their digits.
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
        scalar.Value is null || (scalar.Style == ScalarStyle.Plain && RecipeFile.IsNull(scalar.Value));
}
