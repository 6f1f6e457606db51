using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Doctor;

/// <summary>A row as the checks see it: its JSON, its meaning, its texts, its tokens, and the faults found so far.</summary>
/// <param name="file">Which file, from 0.</param>
/// <param name="number">Its number in the file, from 1.</param>
internal sealed class ExaminedRow(int file, int number)
{
    private readonly List<(Check Check, string Detail)> _faults = [];
    private RowText[]? _texts;

    public int File => file;

    public int Number => number;

    /// <summary>The row as an object; null if it is none.</summary>
    public JsonObject? Json { get; init; }

    /// <summary>Its meaning; null if it cannot be read.</summary>
    public PreferenceGroup? Group { get; init; }

    /// <summary>Why it teaches nothing, as reading says; null if it may.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Columns with text that are not read.</summary>
    public IReadOnlyList<string> Unused { get; init; } = [];

    /// <summary>Its tokens, or why there are none; null if it was not tokenized.</summary>
    public TokenizationResult? Tokens { get; set; }

    /// <summary>What the checks of the whole file need of it.</summary>
    public RowFacts Facts { get; set; } = RowFacts.None;

    /// <summary>The faults found, in order.</summary>
    public IReadOnlyList<(Check Check, string Detail)> Faults => _faults;

    /// <summary>What its answers are.</summary>
    public AnswerKind Kind =>
        Group switch
        {
            null => AnswerKind.None,
            { Answers.Count: 1, Weights: null } => AnswerKind.Single,
            { Answers.Count: 1 } => AnswerKind.Judged,
            { Answers.Count: 2, Weights: null } => AnswerKind.Pair,
            _ => AnswerKind.Ranked,
        };

    /// <summary>All texts of its messages, the prompt's first.</summary>
    public IReadOnlyList<RowText> Texts => _texts ??= Group is null ? [] : [.. RowText.Of(Group)];

    /// <summary>Records a fault.</summary>
    public void Add(Check check, string detail) => _faults.Add((check, detail));

    /// <summary>The name of an answer in messages.</summary>
    public string NameOf(int answer) =>
        Kind switch
        {
            AnswerKind.Pair => answer == 0 ? "chosen" : "rejected",
            AnswerKind.Ranked => $"answer {answer + 1}",
            AnswerKind.Judged => Group!.Weights![0] > 0 ? "good answer" : "bad answer",
            _ => "answer",
        };

    /// <summary>Where a text stands, in words.</summary>
    public string Where(RowText text) =>
        text.Answer < 0
            ? RowText.Place(text.Role == "system" ? "system message" : "prompt", text.Message, Group!.Prompt.Count)
            : RowText.Place(NameOf(text.Answer), text.Message, Group!.Answers[text.Answer].Count);

    /// <summary>The text of an answer: what the assistant says in it.</summary>
    public string TextOf(int answer)
    {
        IReadOnlyList<ChatMessage> messages = Group!.Answers[answer];
        return messages.Count == 1
            ? messages[0].Content
            : string.Join('\n', messages.Where(m => m.Role == "assistant").Select(m => m.Content));
    }
}

/// <summary>What the answers of a row are.</summary>
internal enum AnswerKind
{
    /// <summary>It could not be read.</summary>
    None,

    /// <summary>One, to be learnt.</summary>
    Single,

    /// <summary>One, good or bad.</summary>
    Judged,

    /// <summary>A chosen and a rejected one.</summary>
    Pair,

    /// <summary>Ranked or graded ones, best first.</summary>
    Ranked,
}
