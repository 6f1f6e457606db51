using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>How groups become token ids.</summary>
public sealed record TokenizationOptions
{
    /// <summary>Whose way is followed (<c>compatibility</c>).</summary>
    public Compatibility Compatibility { get; init; } = Compatibility.Strict;

    /// <summary>Longest prompt and answer together, in tokens (<c>max_length</c>).</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>What becomes of longer ones (<c>truncation_mode</c>).</summary>
    public TruncationMode Truncation { get; init; } = TruncationMode.KeepStart;

    /// <summary>
    /// Of <see cref="Compatibility.SimPerReference"/> alone (<c>max_prompt_length</c>): the tokens that a prompt keeps, its last
    /// ones, where it and the longest answer do not fit; answers that still do not fit keep the rest of <see cref="MaxLength"/>.
    /// Null is the authors' default, 128.
    /// </summary>
    public int? MaxPromptLength { get; init; }

    /// <summary>Whether rows of plain texts go through the chat template.</summary>
    public DatasetFormat Format { get; init; } = DatasetFormat.Auto;

    /// <summary>Further variables of the chat template (<c>chat_template_kwargs</c>).</summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>
    /// Of <see cref="Compatibility.Strict"/> alone (<c>add_generation_prompt</c>): false leaves out of the prompt what the
    /// template writes into the generation prompt alone, an opening of thoughts that it drops again say, so that the answer
    /// begins where its text does.
    /// </summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Refuses settings that do not go together.</summary>
    /// <exception cref="SimperException">They do not: which, and what to do.</exception>
    public void Validate()
    {
        if (MaxLength < 2)
            throw new SimperException($"max_length is {MaxLength}; a prompt and an answer need at least 2 tokens.");
        if (!AddGenerationPrompt && Compatibility != Compatibility.Strict)
            throw new SimperException(
                "add_generation_prompt is false, which belongs to compatibility strict; the modes of other programs do "
                    + "as those do, so remove the key."
            );
        if (Compatibility == Compatibility.TrlCpo && Truncation == TruncationMode.KeepEnd)
            throw new SimperException(
                "truncation_mode is keep_end, which compatibility trl-cpo does not have: TRL's CPO cuts answers on the "
                    + "right; take keep_start or drop."
            );
        if (Compatibility == Compatibility.SimPerReference && (PromptRoom < 1 || PromptRoom >= MaxLength))
        {
            throw new SimperException(
                $"max_prompt_length is {PromptRoom} and max_length {MaxLength}; it has to be at least 1 and to leave "
                    + "room for the answer"
                    + (MaxPromptLength is null ? " (128 is the default of compatibility simper-reference)." : ".")
            );
        }
        if (Compatibility != Compatibility.SimPerReference && MaxPromptLength is not null)
        {
            throw new SimperException(
                "max_prompt_length belongs to compatibility simper-reference; elsewhere max_length counts prompt and "
                    + "answer together, "
                    + "and answers are cut to the room their prompt leaves, so remove the key."
            );
        }
    }

    /// <summary><see cref="MaxPromptLength"/>, or its default.</summary>
    internal int PromptRoom => MaxPromptLength ?? 128;
}

/// <summary>What becomes of answers that are too long.</summary>
public enum TruncationMode
{
    /// <summary>
    /// As TRL's <c>keep_start</c>: answers are cut on the right, each to the room its prompt leaves; rows whose prompt alone
    /// fills the length are left out. A cut answer has no end token, so it teaches what to say but not to stop.
    /// </summary>
    KeepStart,

    /// <summary>Rows that do not fit whole are left out (<c>drop</c>).</summary>
    Drop,

    /// <summary>
    /// As TRL's <c>keep_end</c>: prompt and answer are joined and cut on the left, so that the prompt loses its beginning, the
    /// start token with it, and no row is left out for its length. Where a token of the answer becomes the first, nothing
    /// predicts it; only <see cref="Compatibility.Trl"/> still counts it in the answer's length. The authors' code cuts prompts
    /// in this way whatever is asked for.
    /// </summary>
    KeepEnd,
}

/// <summary>How rows of plain texts are read.</summary>
public enum DatasetFormat
{
    /// <summary>
    /// With a chat template a text is a message: prompt the user's, answer the assistant's. Without one, and in the modes of
    /// other programs, texts stand as they are. (TRL never templates texts: a chat model would then be trained on text that it
    /// never sees in use.)
    /// </summary>
    Auto,

    /// <summary>Prompt and answer as they stand, with the end token behind, as TRL does.</summary>
    Text,
}
