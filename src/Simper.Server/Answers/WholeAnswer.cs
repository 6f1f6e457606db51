using System.Text;
using Simper.Server.Answers.ToolCalls;

namespace Simper.Server.Answers;

/// <summary>One of a request's answers, put together from its pieces.</summary>
internal sealed class WholeAnswer
{
    private readonly StringBuilder _text = new();

    /// <summary>Its text.</summary>
    public string Text => _text.ToString();

    /// <summary>Its log-probs.</summary>
    public List<ShownToken> Tokens { get; } = [];

    /// <summary>The calls of tools in it.</summary>
    public List<ToolCall> Calls { get; } = [];

    /// <summary>Why it ended.</summary>
    public string Finish { get; private set; } = "length";

    /// <summary>Puts all pieces together.</summary>
    /// <param name="run">The answers.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="cancel">Ends waiting.</param>
    public static async Task<WholeAnswer[]> AllAsync(AnswerRun run, int count, CancellationToken cancel)
    {
        WholeAnswer[] answers = [.. Enumerable.Range(0, count).Select(_ => new WholeAnswer())];
        await foreach (AnswerPiece piece in run.Pieces.ReadAllAsync(cancel).ConfigureAwait(false))
            answers[piece.Choice].Add(piece);
        return answers;
    }

    private void Add(AnswerPiece piece)
    {
        _text.Append(piece.Text);
        Tokens.AddRange(piece.Tokens);
        Calls.AddRange(piece.Calls);
        Finish = piece.Finish ?? Finish;
    }
}
