using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Simper;

/// <summary>
/// Reads YAML that may come from anywhere. The reader of nodes calls itself for each level and hashes whole nodes that stand as
/// keys, so levels are counted and keys are looked at before: a stack that overflows cannot be caught.
/// </summary>
public static class ShallowYaml
{
    private const int Deepest = 64;

    /// <summary>The documents of a text.</summary>
    /// <exception cref="YamlException">It is not YAML, is nested too deep, or has a key that is no scalar.</exception>
    public static YamlStream Load(string text)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            Check(parser);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml;
        }
        catch (InvalidOperationException e) // what the scanner throws for some texts that are no YAML
        {
            Mark at = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "what follows is no YAML", e);
        }
    }

    private static void Check(Parser parser)
    {
        var open = new Stack<(bool IsMap, bool IsAtKey)>();
        while (parser.MoveNext())
        {
            ParsingEvent now = parser.Current!;
            if (now is MappingEnd or SequenceEnd)
                open.Pop();
            if (now is not (Scalar or AnchorAlias or MappingStart or SequenceStart))
                continue;
            if (open.TryPop(out (bool IsMap, bool IsAtKey) around))
            {
                if (around is { IsMap: true, IsAtKey: true } && now is not Scalar)
                    throw new YamlException(now.Start, now.End, "a key has to be a name");
                open.Push((around.IsMap, !around.IsAtKey));
            }
            if (now is MappingStart or SequenceStart)
                open.Push((now is MappingStart, true));
            if (open.Count > Deepest)
                throw new YamlException(now.Start, now.End, $"it is nested more than {Deepest} levels deep");
        }
    }
}
