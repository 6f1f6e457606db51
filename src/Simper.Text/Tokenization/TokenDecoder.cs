using System.Buffers;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>A step of the <c>decoder</c> section: from the texts of tokens to texts that concatenate to the result.</summary>
internal abstract class TokenDecoder
{
    public abstract List<string> Apply(List<string> tokens);

    /// <summary>Whether the text of these tokens, of which the last few suffice, could change if more follow.</summary>
    public virtual bool MayChange(IReadOnlyList<string> tokens) => false;

    /// <summary>Whether it reads tokens as bytes: each by itself, or those of single bytes.</summary>
    protected virtual bool ReadsBytes(string token, out byte[] bytes)
    {
        bytes = [];
        return false;
    }

    /// <summary>The bytes of a token that follows others.</summary>
    /// <param name="decoder">Of the tokenizer; null where tokens are joined by spaces.</param>
    /// <param name="token">As the vocabulary has it.</param>
    public static byte[] BytesOf(TokenDecoder? decoder, string token)
    {
        if (decoder is null)
            return System.Text.Encoding.UTF8.GetBytes(" " + token);
        if (decoder.ReadsBytes(token, out byte[] bytes))
            return bytes;
        const string before = "x";
        string alone = string.Concat(decoder.Apply([before]));
        string both = string.Concat(decoder.Apply([before, token]));
        return System.Text.Encoding.UTF8.GetBytes(both.StartsWith(alone, StringComparison.Ordinal) ? both[alone.Length..] : both);
    }

    /// <summary>Several, one after another.</summary>
    public sealed class Sequence(IReadOnlyList<TokenDecoder> steps) : TokenDecoder
    {
        public override List<string> Apply(List<string> tokens)
        {
            long most = TextGrowth.Limit(tokens.Sum(t => (long)t.Length));
            foreach (TokenDecoder step in steps)
            {
                tokens = step.Apply(tokens);
                TextGrowth.Check(tokens.Sum(t => (long)t.Length), most);
            }
            return tokens;
        }

        public override bool MayChange(IReadOnlyList<string> tokens) => steps.Any(step => step.MayChange(tokens));

        protected override bool ReadsBytes(string token, out byte[] bytes)
        {
            foreach (TokenDecoder step in steps)
            {
                if (step.ReadsBytes(token, out bytes))
                    return true;
            }
            bytes = [];
            return false;
        }
    }

    /// <summary>From GPT-2's alphabet back to bytes; invalid UTF-8 becomes U+FFFD.</summary>
    public sealed class ByteLevel : TokenDecoder
    {
        public override List<string> Apply(List<string> tokens) =>
            [System.Text.Encoding.UTF8.GetString([.. tokens.SelectMany(ByteAlphabet.Decode)])];

        public override bool MayChange(IReadOnlyList<string> tokens) =>
            Rune.DecodeLastFromUtf8([.. tokens.TakeLast(4).SelectMany(ByteAlphabet.Decode)], out _, out _)
            == OperationStatus.NeedMoreData;

        protected override bool ReadsBytes(string token, out byte[] bytes)
        {
            bytes = ByteAlphabet.Decode(token);
            return true;
        }
    }

    /// <summary>
    /// Tokens &lt;0xNN&gt; back to bytes: runs of valid UTF-8 become their text, others one U+FFFD per byte.
    /// </summary>
    public sealed class ByteFallback : TokenDecoder
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public override List<string> Apply(List<string> tokens)
        {
            var result = new List<string>(tokens.Count);
            var bytes = new List<byte>();
            foreach (string token in tokens)
            {
                if (ByteTokens.TryParse(token, out byte value))
                {
                    bytes.Add(value);
                    continue;
                }
                Flush();
                result.Add(token);
            }
            Flush();
            return result;

            void Flush()
            {
                if (bytes.Count == 0)
                    return;
                try
                {
                    result.Add(Strict.GetString([.. bytes]));
                }
                catch (DecoderFallbackException)
                {
                    result.AddRange(Enumerable.Repeat("\ufffd", bytes.Count));
                }
                bytes.Clear();
            }
        }

        // A run of bytes is valid or invalid as a whole.
        public override bool MayChange(IReadOnlyList<string> tokens) =>
            tokens.Count > 0 && ByteTokens.TryParse(tokens[^1], out _);

        protected override bool ReadsBytes(string token, out byte[] bytes)
        {
            bool isByte = ByteTokens.TryParse(token, out byte value);
            bytes = isByte ? [value] : [];
            return isByte;
        }
    }

    /// <summary>Replaces a text in every token.</summary>
    public sealed class Replace(string pattern, string content) : TokenDecoder
    {
        public override List<string> Apply(List<string> tokens) =>
            [.. tokens.Select(t => t.Replace(pattern, content, StringComparison.Ordinal))];
    }

    /// <summary>Replaces every match of a regular expression in every token.</summary>
    public sealed class ReplaceMatches(CodePointRegex pattern, string content) : TokenDecoder
    {
        private readonly Normalizer.ReplaceMatches _replace = new(pattern, content);

        public override List<string> Apply(List<string> tokens) =>
            [.. tokens.Select(t => _replace.Apply(new AlignedText(t, 0)).Text)];
    }

    /// <summary>The mark that ends a word becomes a space, except in the last token.</summary>
    public sealed class WordEnds(string mark) : TokenDecoder
    {
        public override List<string> Apply(List<string> tokens) =>
            [.. tokens.Select((t, i) => t.Replace(mark, i + 1 < tokens.Count ? " " : "", StringComparison.Ordinal))];

        // A space at the end of a text only follows it; one inside changes it.
        public override bool MayChange(IReadOnlyList<string> tokens) =>
            tokens.Count > 0
            && tokens[^1].IndexOf(mark, StringComparison.Ordinal) is >= 0 and var at
            && at < tokens[^1].Length - mark.Length;
    }

    /// <summary>Concatenates all.</summary>
    public sealed class Fuse : TokenDecoder
    {
        public override List<string> Apply(List<string> tokens) => [string.Concat(tokens)];
    }

    /// <summary>Strips up to a number of a character from the ends of every token.</summary>
    public sealed class Strip(char what, int start, int stop) : TokenDecoder
    {
        public override List<string> Apply(List<string> tokens) => [.. tokens.Select(One)];

        public override bool MayChange(IReadOnlyList<string> tokens) => start > 1 || stop > 0;

        private string One(string token)
        {
            int from = 0;
            int to = token.Length;
            while (from < Math.Min(start, token.Length) && token[from] == what)
                from++;
            while (token.Length - to < stop && to > from && token[to - 1] == what)
                to--;
            return token[from..to];
        }
    }

    /// <summary>SentencePiece's mark back to spaces; those of the first token are removed if one was prepended.</summary>
    public sealed class Metaspace(char mark, PrependScheme prepend) : TokenDecoder
    {
        public override List<string> Apply(List<string> tokens) =>
            [
                .. tokens.Select(
                    (token, i) =>
                        i == 0 && prepend != PrependScheme.Never
                            ? token.Replace(mark.ToString(), "", StringComparison.Ordinal)
                            : token.Replace(mark, ' ')
                ),
            ];
    }

    /// <summary>
    /// WordPiece's: a space before what does not continue a word, and none before English punctuation if enabled.
    /// </summary>
    public sealed class WordPiece(string prefix, bool cleanUp) : TokenDecoder
    {
        private static readonly (string From, string To)[] Cleaning =
        [
            (" .", "."),
            (" ?", "?"),
            (" !", "!"),
            (" ,", ","),
            (" ' ", "'"),
            (" n't", "n't"),
            (" 'm", "'m"),
            (" do not", " don't"),
            (" 's", "'s"),
            (" 've", "'ve"),
            (" 're", "'re"),
        ];

        public override List<string> Apply(List<string> tokens) =>
            [
                .. tokens.Select(
                    (token, i) =>
                    {
                        string text =
                            i == 0 ? token
                            : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..]
                            : " " + token;
                        return cleanUp
                            ? Cleaning.Aggregate(text, (t, c) => t.Replace(c.From, c.To, StringComparison.Ordinal))
                            : text;
                    }
                ),
            ];
    }
}
