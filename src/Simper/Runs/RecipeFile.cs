using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Runs;

/// <summary>A key and its value with its place, for messages.</summary>
internal sealed record RecipeEntry(string Key, string Value, string Place);

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
            YamlScalarNode scalar => new RecipeEntry(name, IsNull(scalar) ? "" : scalar.Value!, place),
            YamlSequenceNode { Children: [YamlScalarNode { Value: { } only }] } => new RecipeEntry(name, only, place), // loss_type: [sigmoid]
            _ => throw new SimperException($"{place}: {name} has to be one value, not a list or a map."),
        };
    }

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "null" or "~" or "None";
}
