using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>How groups become token ids.</summary>
public sealed record TokenizationOptions
{
    /// <summary>Longest prompt and answer together, in tokens (<c>max_length</c>).</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>What becomes of longer ones (<c>truncation_mode</c>).</summary>
    public TruncationMode Truncation { get; init; } = TruncationMode.KeepStart;

    /// <summary>Whether rows of plain texts go through the chat template.</summary>
    public DatasetFormat Format { get; init; } = DatasetFormat.Auto;

    /// <summary>Further variables of the chat template (<c>chat_template_kwargs</c>).</summary>
    public JsonObject? TemplateVariables { get; init; }
}

/// <summary>What becomes of answers that are too long.</summary>
public enum TruncationMode
{
    /// <summary>
    /// As TRL's <c>keep_start</c>: answers are cut on the right, each to the room its prompt leaves; rows whose prompt alone fills
    /// the length are left out. A cut answer has no end token, so it teaches what to say but not to stop.
    /// </summary>
    KeepStart,

    /// <summary>Rows that do not fit whole are left out (<c>drop</c>).</summary>
    Drop,
}

/// <summary>How rows of plain texts are read.</summary>
public enum DatasetFormat
{
    /// <summary>
    /// With a chat template a text is a message: prompt the user's, answer the assistant's. Without one texts stand as they are.
    /// (TRL never templates texts: a chat model would then be trained on text that it never sees in use.)
    /// </summary>
    Auto,

    /// <summary>Prompt and answer as they stand, with the end token behind, as TRL does.</summary>
    Text,
}
