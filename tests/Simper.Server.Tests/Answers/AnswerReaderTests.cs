using Simper.Generation;
using Simper.Models;
using Simper.Server.Answers;
using Simper.Server.Answers.ToolCalls;
using Simper.Server.Tests.Answers.ToolCalls;
using Simper.Serving;
using Simper.Text.Tokenization;

namespace Simper.Server.Tests.Answers;

/// <summary>Tokens as an engine writes them, read with the demo's tokenizer.</summary>
public class AnswerReaderTests
{
    private static readonly Tokenizer Tokenizer = ModelFiles.ForTokenizer(TestServer.DemoModel).Tokenizer;

    private static List<AnswerPiece> Read(string text, FinishReason finish, string[] stops, bool hasTools = false)
    {
        int[] ids = Tokenizer.EncodeToIds(text);
        var reader = new AnswerReader(
            3,
            new IncrementalDecoder(Tokenizer),
            stops,
            hasTools ? new ToolCallReader(ToolCallFormats.Tagged, ToolSets.Named("f")) : null,
            new Dictionary<int, string>(),
            new ShownLogProbs(0, HasEnd: false, Offset: 0)
        );
        var pieces = new List<AnswerPiece>();
        for (int i = 0; i < ids.Length && pieces.LastOrDefault()?.Finish is null; i++)
        {
            bool isLast = i == ids.Length - 1 && finish == FinishReason.Length;
            pieces.Add(reader.Append(new GeneratedToken(ids[i], -1, [], isLast ? finish : null)));
        }
        if (pieces[^1].Finish is null)
            pieces.Add(reader.Append(new GeneratedToken(0, -1, [], FinishReason.Stop)));
        Assert.All(pieces, p => Assert.Equal(3, p.Choice));
        Assert.All(pieces.SkipLast(1), p => Assert.Null(p.Finish));
        return pieces;
    }

    private static string TextOf(List<AnswerPiece> pieces) => string.Concat(pieces.Select(p => p.Text));

    private static string TokensOf(List<AnswerPiece> pieces) =>
        Tokenizer.Decode([.. pieces.SelectMany(p => p.Tokens).Select(t => t.Id)]);

    [Theory]
    [InlineData("Hello there 😀 é 漢字.")]
    [InlineData("a")]
    public void The_pieces_are_the_text_and_never_half_a_character(string text)
    {
        foreach (FinishReason finish in (FinishReason[])[FinishReason.Stop, FinishReason.Length])
        {
            List<AnswerPiece> pieces = Read(text, finish, []);
            Assert.Equal((text, text), (TextOf(pieces), TokensOf(pieces)));
            Assert.All(pieces, p => Assert.DoesNotContain('\ufffd', p.Text));
            Assert.Equal(finish == FinishReason.Stop ? "stop" : "length", pieces[^1].Finish);
        }
    }

    [Fact]
    public void A_stop_text_across_tokens_and_inside_of_one_ends_text_and_log_probs()
    {
        const string text = "Say yes.\n\nQuestion: more text";
        foreach (string stop in (string[])["\n\nQ", "\nQuestion:", "es", "more", "."])
        {
            List<AnswerPiece> pieces = Read(text, FinishReason.Length, [stop]);
            string shown = text[..text.IndexOf(stop, StringComparison.Ordinal)];
            Assert.Equal((shown, "stop"), (TextOf(pieces), pieces[^1].Finish));
            // Whole tokens, the last of which may go beyond the cut.
            Assert.StartsWith(shown, TokensOf(pieces), StringComparison.Ordinal);
            Assert.True(TokensOf(pieces).Length < shown.Length + 12);
        }
    }

    [Fact]
    public void A_call_of_a_tool_is_no_text_and_the_reason_to_finish()
    {
        const string call = "<tool_call>{\"name\": \"f\", \"arguments\": {\"city\": \"Köln\"}}</tool_call>";
        List<AnswerPiece> pieces = Read($"Well. {call}", FinishReason.Stop, [], hasTools: true);
        Assert.Equal("Well. ", TextOf(pieces));
        Assert.Equal("tool_calls", pieces[^1].Finish);
        ToolCall found = Assert.Single(pieces.SelectMany(p => p.Calls));
        Assert.Equal(("f", "{\"city\":\"Köln\"}"), (found.Name, found.Arguments));
    }

    [Fact]
    public void A_call_that_the_limit_cuts_stays_text()
    {
        List<AnswerPiece> pieces = Read("<tool_call>{\"name\": \"f\", \"argu", FinishReason.Length, [], hasTools: true);
        Assert.Equal(("<tool_call>{\"name\": \"f\", \"argu", "length"), (TextOf(pieces), pieces[^1].Finish));
    }

    [Fact]
    public void A_special_token_that_marks_a_call_is_seen()
    {
        var reader = new AnswerReader(
            0,
            new IncrementalDecoder(Tokenizer),
            [],
            new ToolCallReader(ToolCallFormats.Mistral, ToolSets.Named("f")),
            new Dictionary<int, string> { [1] = "[TOOL_CALLS]" },
            new ShownLogProbs(null, HasEnd: false, Offset: 0)
        );
        int[] ids =
        [
            .. Tokenizer.EncodeToIds("Well."),
            1,
            .. Tokenizer.EncodeToIds("[{\"name\": \"f\", \"arguments\": {\"n\": 1}}]"),
        ];
        List<AnswerPiece> pieces = [.. ids.Select(id => reader.Append(new GeneratedToken(id, -1, [], null)))];
        pieces.Add(reader.Append(new GeneratedToken(0, -1, [], FinishReason.Stop)));
        Assert.Equal(("Well.", "tool_calls"), (TextOf(pieces), pieces[^1].Finish));
        ToolCall call = Assert.Single(pieces.SelectMany(p => p.Calls));
        Assert.Equal(("f", "{\"n\":1}"), (call.Name, call.Arguments));
    }
}
