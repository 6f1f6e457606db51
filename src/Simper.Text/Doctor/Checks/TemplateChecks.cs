using Simper.Text.Preferences;

namespace Simper.Text.Doctor.Checks;

/// <summary>What the chat template does with a row: refuses it, omits parts of it, adds parts of its own.</summary>
internal sealed class TemplateChecks(Compatibility mode) : IRowCheck
{
    public static readonly Check NotPrefix = new(
        "template-not-prefix-preserving",
        Grade.Error,
        "the chat template renders the conversation differently once an answer follows",
        "Where the answer begins is not known, so training stops at the first such row; comparing lengths instead scores "
            + "wrong tokens.",
        "Give a template that keeps what it wrote as chat_template_path, set add_generation_prompt to false, or take "
            + "compatibility trl, which compares tokens."
    );

    public static readonly Check Refused = new(
        "template-refuses",
        Grade.Error,
        "the chat template or the tokenization refuses the row",
        "Training stops at the first such row.",
        "Mend the row as its sentence says, or give another template as chat_template_path."
    );

    public static readonly Check ToolsUnwritten = new(
        "tools-unwritten",
        Grade.Warning,
        "the chat template writes nothing of the row's tools",
        "The model learns calls of tools that it was never told of.",
        "Give a template that knows tools as chat_template_path, or remove the column."
    );

    public static readonly Check CallsUnwritten = new(
        "calls-unwritten",
        Grade.Warning,
        "the chat template writes nothing of tool calls in the prompt",
        "The model reads results of calls that it does not see.",
        "Give a template that writes tool calls as chat_template_path."
    );

    public static readonly Check PartUnwritten = new(
        "answer-part-unwritten",
        Grade.Warning,
        "the chat template leaves out a part of an answer: a tool call, reasoning or text",
        "What it leaves out is not learnt, and what depends on it is learnt without its reason.",
        "Give a template that writes it as chat_template_path."
    );

    public static readonly Check Unwritten = new(
        "answer-unwritten",
        Grade.Warning,
        "the chat template writes nothing of an answer",
        "Strict drops the row; other programs learn the end token alone.",
        "Give a template that writes it (tool calls, mostly) as chat_template_path."
    )
    {
        Elsewhere = Grade.Error,
    };

    public static readonly Check EqualRendered = new(
        "answers-equal-in-tokens",
        Grade.Warning,
        "answers that differ in the data become the same tokens",
        "Nothing is preferred: what tells them apart is not written, or not in the vocabulary.",
        "Give a template that writes the difference as chat_template_path, or take the row out."
    );

    public static readonly Check EmptyThoughts = new(
        "empty-thoughts-written",
        Grade.Note,
        "the chat template puts an empty block of thoughts before answers",
        "It is the template's, not the answer's: strict reads it and does not score it.",
        "Intended for answers without reasoning; else add the reasoning, or switch thinking off by chat_template_kwargs."
    )
    {
        Elsewhere = Grade.Warning,
    };

    public static readonly Check NullKeys = new(
        "null-padding",
        Grade.Note,
        "keys of null, with which tables fill rows up, stand in tools, calls or template arguments",
        "Written by a template, they would be learnt as arguments; they are left out here, and in TRL.",
        "Nothing; other programs may need them removed."
    )
    {
        IsMended = true,
    };

    public static readonly Check NothingScored = new(
        "nothing-scored",
        Grade.Warning,
        "an answer has no token to score",
        "The row is dropped; programs that keep it train on 0/0.",
        "Look at the row with simper data show: the template may mark the answer's end in front of it."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        NotPrefix,
        Refused,
        ToolsUnwritten,
        CallsUnwritten,
        PartUnwritten,
        Unwritten,
        EqualRendered,
        EmptyThoughts,
        NullKeys,
        NothingScored,
    ];

    private static readonly (RowNotes Note, Check Check)[] OfNotes =
    [
        (RowNotes.ToolsUnwritten, ToolsUnwritten),
        (RowNotes.CallsUnwritten, CallsUnwritten),
        (RowNotes.PartUnwritten, PartUnwritten),
        (RowNotes.NothingWritten, Unwritten),
        (RowNotes.EmptyThoughts, EmptyThoughts),
        (RowNotes.NullKeys, NullKeys),
    ];

    public void Look(ExaminedRow row)
    {
        if (row.Tokens is not { } tokens)
            return;
        foreach ((RowNotes note, Check check) in OfNotes)
        {
            if (tokens.Notes.HasFlag(note))
                row.Add(check, "");
        }
        switch (tokens.Drop?.Reason)
        {
            case DropReasons.EqualRendered or DropReasons.TokensAlike:
                row.Add(EqualRendered, "");
                break;
            case DropReasons.NothingScored when row.LeftOut is null || mode != Compatibility.Strict:
                row.Add(NothingScored, "");
                break;
        }
    }

    /// <summary>Adds that a row was refused.</summary>
    public static void Refuse(ExaminedRow row, SimperException refusal)
    {
        // the sentence without the place
        string sentence = (refusal.InnerException as SimperException ?? refusal).Message.TrimEnd('.');
        bool isUnknown = sentence.Contains(ConversationRenderer.Unknown, StringComparison.Ordinal);
        row.Add(isUnknown ? NotPrefix : Refused, sentence);
    }
}
