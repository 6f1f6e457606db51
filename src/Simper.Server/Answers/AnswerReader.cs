using Simper.Generation;
using Simper.Server.Answers.ToolCalls;
using Simper.Serving;
using Simper.Text.Tokenization;

namespace Simper.Server.Answers;

/// <summary>
/// Reads the tokens of one answer: text without half characters, without stop texts, without calls of tools; log-probs of what is
/// shown. Not thread safe.
/// </summary>
/// <param name="choice">Which answer it is.</param>
/// <param name="decoder">Decodes it.</param>
/// <param name="stops">Texts that end it.</param>
/// <param name="calls">Takes out calls of tools; null to leave them.</param>
/// <param name="marks">Special tokens that calls are known by, with their texts.</param>
/// <param name="shown">What is shown of log-probs.</param>
internal sealed class AnswerReader(
    int choice,
    IncrementalDecoder decoder,
    IReadOnlyList<string> stops,
    ToolCallReader? calls,
    IReadOnlyDictionary<int, string> marks,
    ShownLogProbs shown
)
{
    private readonly StopScanner _scanner = new(stops);
    private readonly List<(ShownToken Token, int Start)> _unsent = [];
    private int _decoded; // length of the text so far, stop text included
    private int _released; // what the scanner let pass
    private int _offset = shown.Offset;
    private double _logProbs;
    private int _all;

    /// <summary>Tokens of the answer; the one that ended it where it is listed.</summary>
    public int Count { get; private set; }

    /// <summary>Mean log-prob of its tokens, the end token's included.</summary>
    public double MeanLogProb => _logProbs / Math.Max(1, _all);

    /// <summary>Whether a stop text was found.</summary>
    public bool IsStopped => _scanner.IsStopped;

    /// <summary>Takes a token.</summary>
    public AnswerPiece Append(GeneratedToken token)
    {
        _all++;
        _logProbs += token.LogProb;
        bool isEnd = token.Finish == FinishReason.Stop;
        bool isListed = shown.Alternatives is not null && (!isEnd || shown.HasEnd);
        if (!isEnd || isListed)
            Count++;
        if (isListed)
            _unsent.Add((Shown(token), _decoded));
        string text = Seen((isEnd ? "" : TextOf(token.Id)) + (token.Finish is null ? "" : decoder.Flush()));
        if (token.Finish is not null || IsStopped)
            return End(text, token.Finish == FinishReason.Length ? "length" : "stop");
        return new AnswerPiece(choice, calls?.Push(text) ?? text, Sent(_released), calls?.Take() ?? [], null);
    }

    /// <summary>The end of an answer that nothing ended: no tokens were asked for, or the server stops.</summary>
    public AnswerPiece Finish() => End(Seen(decoder.Flush()), "length");

    private AnswerPiece End(string text, string reason)
    {
        string rest = _scanner.Flush();
        _released += rest.Length;
        text += rest;
        if (calls is not null)
            text = calls.Push(text) + calls.Flush();
        string finish =
            calls is { HasCalls: true } ? "tool_calls"
            : IsStopped ? "stop"
            : reason;
        return new AnswerPiece(choice, text, Sent(IsStopped ? _released : int.MaxValue), calls?.Take() ?? [], finish);
    }

    private string TextOf(int id) =>
        calls is not null && marks.TryGetValue(id, out string? mark) ? decoder.Flush() + mark : decoder.Append(id);

    // Through the scanner, and counted.
    private string Seen(string piece)
    {
        _decoded += piece.Length;
        _offset += CodePoints.Count(piece);
        string text = _scanner.Push(piece);
        _released += text.Length;
        return text;
    }

    // Tokens whose text begins before a place; those of held back text wait for it.
    private IReadOnlyList<ShownToken> Sent(int before)
    {
        int count = 0;
        while (count < _unsent.Count && (_unsent[count].Start < before || before == int.MaxValue))
            count++;
        if (count == 0)
            return [];
        ShownToken[] sent = [.. _unsent.Take(count).Select(u => u.Token)];
        _unsent.RemoveRange(0, count);
        return sent;
    }

    private ShownToken Shown(GeneratedToken token) =>
        new(token.Id, token.LogProb, [.. token.Top.Select(t => (t.Id, (double)t.LogProb))], _offset);
}

/// <summary>What of log-probs is shown.</summary>
/// <param name="Alternatives">How many of the likeliest tokens beside each; null for none at all.</param>
/// <param name="HasEnd">Whether the token that ended an answer is listed.</param>
/// <param name="Offset">Where the answer begins in the text, in code points.</param>
internal sealed record ShownLogProbs(int? Alternatives, bool HasEnd, int Offset);
