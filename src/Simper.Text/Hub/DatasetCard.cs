using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Text.Hub;

/// <summary>
/// What the README.md of a data set says about its files: its configurations, and the patterns of each one's splits. Untrusted: a
/// card that cannot be read says nothing, as if it were not there.
/// </summary>
internal static class DatasetCard
{
    private const int Longest = 4 << 20;

    /// <param name="Name">Its name.</param>
    /// <param name="IsDefault">Whether the card calls it the one to take.</param>
    /// <param name="Splits">The patterns of each split's files.</param>
    public sealed record Configuration(string Name, bool IsDefault, IReadOnlyList<(string Split, string[] Patterns)> Splits);

    /// <summary>The configurations of a snapshot, in the card's order; none if the card has none.</summary>
    public static IReadOnlyList<Configuration> Read(string snapshot)
    {
        string file = Path.Combine(snapshot, "README.md");
        if (!File.Exists(file) || new FileInfo(file).Length > Longest)
            return [];
        string[] lines = File.ReadAllLines(file);
        int end = lines.Length > 0 && lines[0].Trim() == "---" ? Array.FindIndex(lines, 1, l => l.Trim() == "---") : -1;
        if (end < 0)
            return [];
        try
        {
            YamlStream yaml = ShallowYaml.Load(string.Join('\n', lines[1..end]));
            return
                yaml.Documents.Count > 0
                && yaml.Documents[0].RootNode is YamlMappingNode root
                && Child(root, "configs") is YamlSequenceNode list
                ? [.. list.OfType<YamlMappingNode>().Select(Of).OfType<Configuration>()]
                : [];
        }
        catch (YamlException)
        {
            return [];
        }
    }

    // A pattern, a list of them, or a list of {split, path}; data_dir is a folder in front of them.
    private static Configuration? Of(YamlMappingNode node)
    {
        string folder = Child(node, "data_dir") is YamlScalarNode { Value: { Length: > 0 } d } ? d.Trim('/') + "/" : "";
        List<(string Split, string[] Patterns)> splits = Child(node, "data_files") switch
        {
            YamlScalarNode one => [("train", Patterns(one, folder))],
            YamlSequenceNode list when list.All(n => n is YamlScalarNode) => [("train", Patterns(list, folder))],
            YamlSequenceNode list =>
            [
                .. list.OfType<YamlMappingNode>().Select(n => (Text(n, "split") ?? "train", Patterns(Child(n, "path"), folder))),
            ],
            _ => [],
        };
        return splits.Count == 0
            ? null
            : new Configuration(Text(node, "config_name") ?? "default", Text(node, "default") == "true", splits);
    }

    private static string[] Patterns(YamlNode? node, string folder) =>
        node switch
        {
            YamlScalarNode { Value: { } one } => [folder + one],
            YamlSequenceNode list => [.. list.OfType<YamlScalarNode>().Select(n => folder + n.Value)],
            _ => [],
        };

    private static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child : null;

    private static string? Text(YamlMappingNode node, string key) => (Child(node, key) as YamlScalarNode)?.Value;
}
