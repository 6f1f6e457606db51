using System.Text.Json.Nodes;
using Simper.Server.Answers.ToolCalls;

namespace Simper.Server.Tests.Answers.ToolCalls;

/// <summary>Tools for tests.</summary>
internal static class ToolSets
{
    /// <summary>Tools of these names, whose parameter <c>s</c> is a text and <c>n</c> a number.</summary>
    public static ToolSet Named(params string[] names) =>
        new([
            .. names.Select(n =>
                JsonNode.Parse(
                    $$"""
                    {"type": "function", "function": {"name": "{{n}}", "parameters": {"type": "object", "properties":
                      {"s": {"type": "string"}, "n": {"type": "integer"} } } } }
                    """
                )
            ),
        ]);
}
