namespace Simper.Server.Answers;

/// <summary>How a model writes calls of tools: known from its chat template, which tells the model.</summary>
internal enum ToolCallFormat
{
    /// <summary>Unknown: a call stays in the answer's text.</summary>
    None,

    /// <summary>JSON between &lt;tool_call&gt; tags: Hermes, Qwen2.5, Qwen3, SmolLM3.</summary>
    Tagged,

    /// <summary>An answer that is JSON with name and parameters: Llama 3.1 and later.</summary>
    Plain,
}

/// <summary>Finds the format.</summary>
internal static class ToolCallFormats
{
    /// <summary>The opening tag of tagged calls.</summary>
    public const string Open = "<tool_call>";

    /// <summary>Their closing tag.</summary>
    public const string Close = "</tool_call>";

    /// <summary>The format that templates teach.</summary>
    public static ToolCallFormat Of(IEnumerable<string> templates)
    {
        string[] sources = [.. templates];
        // Qwen3-Coder writes XML inside of the same tags.
        return sources.Any(s => Has(s, Open) && !Has(s, "<function=")) ? ToolCallFormat.Tagged
            : sources.Any(s => Has(s, "<|python_tag|>")) ? ToolCallFormat.Plain
            : ToolCallFormat.None;
    }

    private static bool Has(string source, string what) => source.Contains(what, StringComparison.Ordinal);
}
