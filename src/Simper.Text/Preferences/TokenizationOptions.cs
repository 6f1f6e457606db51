using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>How groups are tokenized.</summary>
public sealed record TokenizationOptions
{
    /// <summary>Which program's tokenization is reproduced (<c>compatibility</c>).</summary>
    public Compatibility Compatibility { get; init; } = Compatibility.Strict;

    /// <summary>Maximum length of prompt and answer together, in tokens (<c>max_length</c>).</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>How longer ones are treated (<c>truncation_mode</c>).</summary>
    public TruncationMode Truncation { get; init; } = TruncationMode.KeepStart;

    /// <summary>
    /// Longest prompt, in tokens (<c>max_prompt_length</c>), where <see cref="LimitsPrompts"/>; longer ones are treated as
    /// <see cref="Truncation"/> says. For <see cref="Compatibility.SimPerReference"/>: how many of its last tokens a prompt keeps
    /// if it and the longest answer do not fit; answers that still do not fit keep the rest of <see cref="MaxLength"/>. Null is
    /// no limit; there the authors' default, 128.
    /// </summary>
    public int? MaxPromptLength { get; init; }

    /// <summary>
    /// Only for <see cref="Compatibility.Strict"/> (<c>max_completion_length</c>): longest answer, in tokens; longer ones are cut
    /// on the right, or their rows dropped or refused, as <see cref="Truncation"/> says. Null is no limit.
    /// </summary>
    public int? MaxCompletionLength { get; init; }

    /// <summary>Whether plain texts go through the chat template.</summary>
    public DatasetFormat Format { get; init; } = DatasetFormat.Auto;

    /// <summary>Additional variables of the chat template (<c>chat_template_kwargs</c>).</summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>
    /// Only for <see cref="Compatibility.Strict"/> (<c>add_generation_prompt</c>): false removes from the prompt what the
    /// template writes only into the generation prompt, such as an opening thinking tag that is dropped from finished answers, so
    /// that the answer begins where its text does.
    /// </summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Refuses settings that conflict.</summary>
    /// <exception cref="SimperException">They conflict: the message says which, and what to do.</exception>
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
        if (Truncation == TruncationMode.TruncatePrompt && Compatibility != Compatibility.Strict)
            throw new SimperException(
                $"truncation_mode is truncate_prompt, which compatibility {TokenizationNames.Of(Compatibility)} does not have; "
                    + "take keep_start, drop or raise, or compatibility strict."
            );
        if (MaxCompletionLength is not null && Compatibility != Compatibility.Strict)
            throw new SimperException(
                "max_completion_length belongs to compatibility strict; the modes of other programs cut answers by max_length, "
                    + "so remove the key."
            );
        if (MaxCompletionLength < 1 || (Compatibility == Compatibility.Strict && MaxPromptLength < 1))
            throw new SimperException("max_prompt_length and max_completion_length have to be at least 1.");
        if (Compatibility == Compatibility.SimPerReference && (PromptRoom < 1 || PromptRoom >= MaxLength))
        {
            throw new SimperException(
                $"max_prompt_length is {PromptRoom} and max_length {MaxLength}; it has to be at least 1 and to leave "
                    + "room for the answer"
                    + (MaxPromptLength is null ? " (128 is the default of compatibility simper-reference)." : ".")
            );
        }
        if (!LimitsPrompts && MaxPromptLength is not null)
        {
            throw new SimperException(
                "max_prompt_length belongs to compatibility simper-reference, and in strict to truncation_mode truncate_prompt, "
                    + "drop and raise; elsewhere max_length counts prompt and answer together, and answers are cut to the room "
                    + "their prompt leaves, so remove the key."
            );
        }
    }

    /// <summary>
    /// Whether <see cref="MaxPromptLength"/> has a meaning: under keep_start and keep_end no prompt is cut for itself.
    /// </summary>
    public bool LimitsPrompts =>
        Compatibility == Compatibility.SimPerReference
        || (Compatibility == Compatibility.Strict && (RefusesCuts || Truncation == TruncationMode.TruncatePrompt));

    /// <summary>Whether rows that do not fit are dropped or refused, and none is cut.</summary>
    internal bool RefusesCuts => Truncation is TruncationMode.Drop or TruncationMode.Raise;

    /// <summary><see cref="MaxPromptLength"/>, or its default.</summary>
    internal int PromptRoom => MaxPromptLength ?? 128;
}

/// <summary>How answers that are too long are treated.</summary>
public enum TruncationMode
{
    /// <summary>
    /// As TRL's <c>keep_start</c>: answers are truncated on the right, each to the room its prompt leaves; rows whose prompt
    /// alone fills the length are dropped. A truncated answer has no end token, so it teaches what to say but not when to stop.
    /// </summary>
    KeepStart,

    /// <summary>Rows that do not fit are dropped (<c>drop</c>).</summary>
    Drop,

    /// <summary>
    /// As TRL's <c>keep_end</c>: prompt and answer are concatenated and truncated on the left, so that the prompt loses its
    /// beginning, including the start token, and no row is dropped for its length. If a token of the answer becomes the first,
    /// nothing predicts it; only <see cref="Compatibility.Trl"/> still counts it in the answer's length. The authors' code
    /// truncates prompts this way in any mode.
    /// </summary>
    KeepEnd,

    /// <summary>
    /// Only for <see cref="Compatibility.Strict"/> (<c>truncate_prompt</c>): the prompt keeps its end, and its start token, to
    /// the room that the longest answer leaves, so that answers stay whole; rows with an answer that leaves none are dropped.
    /// </summary>
    TruncatePrompt,

    /// <summary>Rows that do not fit are refused (<c>raise</c>): nothing is trained on.</summary>
    Raise,
}

/// <summary>How plain texts are read.</summary>
public enum DatasetFormat
{
    /// <summary>
    /// With a chat template a text is a message: the prompt the user's, the answer the assistant's. Without one, and in the modes
    /// of other programs, texts are used as is. (TRL never templates texts: a chat model is then trained on text in a form that
    /// it never sees at inference.)
    /// </summary>
    Auto,

    /// <summary>Prompt and answer as is, with the end token appended, as in TRL.</summary>
    Text,
}
