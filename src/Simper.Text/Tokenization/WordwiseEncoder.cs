using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// Encodes word by word with a cache of words, for tokenizers whose words do not depend on each other: byte-level ones with a
/// published pattern, and SentencePiece-like BPE whose merges never cross the mark that begins a word. A word that is not cached
/// goes through the tokenizer's own steps, so ids and parts are the same. Thread safe.
/// </summary>
internal sealed class WordwiseEncoder
{
    private readonly WordSplitter _splitter;
    private readonly Normalizer.Unicode? _form; // texts that it would change are not handled here
    private readonly Encoder _first;
    private readonly Encoder _other;

    private WordwiseEncoder(WordSplitter splitter, Normalizer.Unicode? form, Encoder first, Encoder other) =>
        (_splitter, _form, _first, _other) = (splitter, form, first, other);

    /// <summary>The encoder for a tokenizer, null if its words are not known to be independent.</summary>
    public static WordwiseEncoder? For(TokenizerParts parts)
    {
        if (parts.Model is not BpeModel model)
            return null;
        if (parts.Normalizer is null or Normalizer.Unicode && WordSplitter.Of(parts.PreTokenizer) is { } splitter)
        {
            var encoder = new Encoder(model, ByteAlphabet.Encode);
            return new WordwiseEncoder(splitter, parts.Normalizer as Normalizer.Unicode, encoder, encoder);
        }
        (Normalizer.Prepend? prepend, Normalizer? last) = parts.Normalizer switch
        {
            Normalizer.Sequence { Steps: [Normalizer.Prepend first, var second] } => (first, second),
            Normalizer.Sequence { Steps: [var only] } => (null, only),
            var alone => ((Normalizer.Prepend?)null, alone),
        };
        if (
            parts.PreTokenizer is null
            && last is Normalizer.Replace { Pattern: " ", Content: [var mark] } replace
            && model.MergesStayBehind(mark)
            && !parts.AddedTokens.Any(t => t.IsNormalized)
        ) // such tokens are searched in the normalised text
        {
            var other = new Encoder(model, replace.Apply);
            return new WordwiseEncoder(
                new WordSplitter.Marks(mark),
                null,
                prepend is null ? other : new Encoder(model, word => replace.Apply(prepend.Apply(word))),
                other
            );
        }
        return null;
    }

    /// <summary>
    /// Whether a text between added tokens can be encoded here: it needs no Unicode normalisation.
    /// </summary>
    public bool Suits(ReadOnlySpan<char> segment) => _form is null || _form.LeavesAlone(segment);

    /// <summary>Encodes text between added tokens, starting at an offset.</summary>
    public void Encode(ReadOnlySpan<char> segment, int start, TokenBuffer to)
    {
        for (int at = 0; at < segment.Length; )
        {
            int stop = _splitter.End(segment, at);
            (at == 0 ? _first : _other).Encode(segment[at..stop], start + at, to);
            at = stop;
        }
    }

    /// <summary>Encodes words, rewritten by the tokenizer's steps, and caches them.</summary>
    private sealed class Encoder(BpeModel model, Func<AlignedText, AlignedText> rewrite)
    {
        private readonly WordCache _cache = new();

        public void Encode(ReadOnlySpan<char> word, int at, TokenBuffer to)
        {
            int place = -1;
            if (word.Length <= WordCache.LongestWord && _cache.Find(word, out place) is { } known)
            {
                to.Add(known, at);
            }
            else if (place < 0)
            {
                model.EncodeUnknownPiece(rewrite(new AlignedText(word.ToString(), at)), to);
            }
            else
            {
                WordTokens tokens = Anew(word.ToString());
                _cache.Put(place, tokens);
                to.Add(tokens, at);
            }
        }

        private WordTokens Anew(string word)
        {
            TokenBuffer found = new();
            model.EncodeUnknownPiece(rewrite(new AlignedText(word, 0)), found);
            var parts = new (byte, byte)[found.Count];
            for (int i = 0; i < parts.Length; i++)
                parts[i] = ((byte)found.Parts[i].Start, (byte)found.Parts[i].End);
            return new WordTokens(word, found.Ids.ToArray(), parts);
        }
    }
}
