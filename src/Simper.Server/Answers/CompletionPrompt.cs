using Simper.Text.Tokenization;

namespace Simper.Server.Answers;

/// <summary>A text to be continued.</summary>
/// <param name="Text">The text, as an echo shows it.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="Offsets">Where each begins in the text, in code points.</param>
internal sealed record CompletionPrompt(string Text, int[] Ids, int[] Offsets)
{
    /// <summary>A prompt in ids, used as they are.</summary>
    public static CompletionPrompt Of(Tokenizer tokenizer, int[] ids)
    {
        var decoder = new IncrementalDecoder(tokenizer, skipSpecialTokens: false);
        var offsets = new int[ids.Length];
        var text = new System.Text.StringBuilder();
        int length = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            offsets[i] = length;
            string piece = decoder.Append(ids[i]);
            text.Append(piece);
            length += CodePoints.Count(piece);
        }
        text.Append(decoder.Flush());
        return new CompletionPrompt(text.ToString(), ids, offsets);
    }

    /// <summary>A prompt as text.</summary>
    public static CompletionPrompt Of(Tokenizer tokenizer, string text, bool addSpecialTokens, int ifEmpty)
    {
        Encoding encoded = tokenizer.Encode(text, addSpecialTokens);
        if (encoded.Ids.Length == 0)
            return new CompletionPrompt(text, [ifEmpty], [0]);
        var offsets = new int[encoded.Ids.Length];
        int at = 0;
        int length = 0;
        for (int i = 0; i < offsets.Length; i++)
        {
            int start = Math.Max(at, encoded.Offsets[i].Start);
            length += CodePoints.Count(text.AsSpan(at, start - at));
            at = start;
            offsets[i] = length;
        }
        return new CompletionPrompt(text, encoded.Ids, offsets);
    }
}

/// <summary>Lengths as clients count them.</summary>
internal static class CodePoints
{
    /// <summary>The number of code points of a text.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        for (int i = 1; i < text.Length; i++)
            count -= char.IsSurrogatePair(text[i - 1], text[i]) ? 1 : 0;
        return count;
    }
}
