using System.IO.Compression;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// The tokenizer of a tokenizer.json: text to ids and back, with the ids of Hugging Face's tokenizers library. Knows BPE
/// (byte-level and SentencePiece-like), Unigram, WordPiece and WordLevel; anything else is refused by name. Immutable, thread
/// safe.
/// </summary>
public sealed class Tokenizer
{
    private const int LargestFile = 256 << 20;

    private readonly TokenizerParts _parts;
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _normalized;
    private readonly string?[] _tokens;
    private readonly HashSet<int> _special;
    private readonly WordwiseEncoder? _wordwise;
    private readonly bool _hasNormalized;

    /// <param name="parts">The contents of the file.</param>
    /// <param name="wordwise">False: every text goes through the file's own steps; the same ids, for tests.</param>
    internal Tokenizer(TokenizerParts parts, bool wordwise = true)
    {
        _parts = parts;
        _hasNormalized = parts.AddedTokens.Any(t => t.IsNormalized);
        _wordwise = wordwise ? WordwiseEncoder.For(parts) : null;
        _raw = new(parts.AddedTokens.Where(t => !t.IsNormalized).Select(t => (t.Content, t)));
        _normalized = new(
            parts
                .AddedTokens.Where(t => t.IsNormalized)
                .Select(t => (parts.Normalizer?.Apply(new AlignedText(t.Content, 0)).Text ?? t.Content, t))
        );
        _tokens = new string?[parts.Ids.Values.DefaultIfEmpty(-1).Max() + 1];
        foreach ((string token, int id) in parts.Ids)
            _tokens[id] = token;
        _special = [.. parts.AddedTokens.Where(t => t.IsSpecial).Select(t => t.Id)];
    }

    /// <summary>The highest id plus one.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Reads a tokenizer.json, or one compressed as .gz.</summary>
    /// <exception cref="SimperException">It does not exist, is damaged, or uses something unsupported; the message names file and
    /// key.</exception>
    public static Tokenizer Load(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LargestFile } file)
                throw new SimperException(
                    $"{path} is no tokenizer.json: it has {file.Length >> 20} MB, and {LargestFile >> 20} are the limit."
                );
            byte[] bytes = File.ReadAllBytes(path);
            if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                bytes = Unzip(bytes);
            return Parse(bytes, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new SimperException($"{path} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
    }

    /// <summary>Reads the contents of a tokenizer.json.</summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <param name="source">Where they come from, for messages.</param>
    public static Tokenizer Parse(ReadOnlySpan<byte> utf8Json, string source) => new(TokenizerReader.Read(utf8Json, source));

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; lone surrogates are read as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether the post-processor adds its tokens, usually the one that begins a sequence.</param>
    public int[] EncodeToIds(string text, bool addSpecialTokens = false)
    {
        TokenBuffer found = TokenBuffer.Take();
        Encode(text, addSpecialTokens, found);
        int[] ids = found.Ids.ToArray();
        TokenBuffer.Give(found);
        return ids;
    }

    /// <summary>The ids of a text and the part of it that each covers.</summary>
    /// <inheritdoc cref="EncodeToIds"/>
    public Encoding Encode(string text, bool addSpecialTokens = false)
    {
        TokenBuffer found = TokenBuffer.Take();
        Encode(text, addSpecialTokens, found);
        var encoding = new Encoding(found.Ids.ToArray(), found.Parts.ToArray());
        TokenBuffer.Give(found);
        return encoding;
    }

    /// <summary>Appends the tokens of a text.</summary>
    /// <returns>Its start, up to the last added token.</returns>
    internal TokenizedStart Encode(string text, bool addSpecialTokens, TokenBuffer to)
    {
        int empty = to.Count;
        text = WithoutLoneSurrogates(text);
        Frame(_parts.PostProcessor.Before, addSpecialTokens, 0, to);
        List<(int Start, int End, AddedToken? Token)> parts = _raw.Cut(text);
        int last = parts.FindLastIndex(p => p.Token is not null);
        int tokens = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            EncodePart(text, parts[i], to);
            tokens = i == last ? to.Count - empty : tokens;
        }
        Frame(_parts.PostProcessor.After, addSpecialTokens, text.Length, to);
        return new TokenizedStart(parts[..(last + 1)], tokens);
    }

    /// <summary>
    /// Appends the tokens of a text, without those of a start that it shares, if it splits identically up to there.
    /// </summary>
    /// <returns>How many tokens were omitted.</returns>
    internal int EncodeFrom(TokenizedStart start, string text, bool addSpecialTokens, TokenBuffer to)
    {
        text = WithoutLoneSurrogates(text);
        List<(int Start, int End, AddedToken? Token)> parts = _raw.Cut(text);
        // Parts are independent, so equal ones have equal tokens.
        int shared =
            start.Parts.Count <= parts.Count && parts[..start.Parts.Count].SequenceEqual(start.Parts) ? start.Parts.Count : 0;
        Frame(_parts.PostProcessor.Before, addSpecialTokens && shared == 0, 0, to);
        for (int i = shared; i < parts.Count; i++)
            EncodePart(text, parts[i], to);
        Frame(_parts.PostProcessor.After, addSpecialTokens, text.Length, to);
        return shared == 0 ? 0 : start.Tokens;
    }

    private static void Frame(IReadOnlyList<int> ids, bool wanted, int at, TokenBuffer to)
    {
        for (int i = 0; wanted && i < ids.Count; i++)
            to.Add(ids[i], (at, at));
    }

    private void EncodePart(string text, (int Start, int End, AddedToken? Token) part, TokenBuffer to)
    {
        (int start, int end, AddedToken? token) = part;
        if (token is not null)
            to.Add(token.Id, (start, end));
        else if (_wordwise is null || !_wordwise.Suits(text.AsSpan(start, end - start)))
            EncodeSegment(new AlignedText(text, 0).Slice(start, end - start), to);
        else if (_hasNormalized)
            EncodeUnchanged(text[start..end], start, to);
        else
            _wordwise.Encode(text.AsSpan(start, end - start), start, to);
    }

    /// <summary>Decodes ids; unknown ones are skipped, as in the reference.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether to skip special tokens.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            if (TokenOf(id) is { } token && !(skipSpecialTokens && IsSpecial(id)))
                tokens.Add(token);
        }
        return _parts.Decoder is null ? string.Join(' ', tokens) : string.Concat(_parts.Decoder.Apply(tokens));
    }

    /// <summary>The id of a token by its text in the vocabulary; null if there is none.</summary>
    public int? IdOf(string token) => _parts.Ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The text of an id in the vocabulary (not decoded); null if there is none.</summary>
    public string? TokenOf(int id) => id >= 0 && id < _tokens.Length ? _tokens[id] : null;

    /// <summary>
    /// The bytes that an id stands for within a text, a part of a character among them; null if there is no such token.
    /// </summary>
    public byte[]? BytesOf(int id) => TokenOf(id) is { } token ? TokenDecoder.BytesOf(_parts.Decoder, token) : null;

    /// <summary>Whether an id is a special token: one that belongs to the format, not to the text.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>Whether following ids could change their text.</summary>
    internal bool MayChange(ReadOnlySpan<int> ids)
    {
        var last = new List<string>();
        foreach (int id in ids[Math.Max(0, ids.Length - 8)..])
            last.Add(_tokens[id]!);
        return _parts.Decoder?.MayChange(last) ?? false;
    }

    // A segment that the normaliser leaves unchanged is encoded by words.
    private void EncodeUnchanged(string segment, int shift, TokenBuffer to)
    {
        foreach ((int start, int end, AddedToken? token) in _normalized.Cut(segment))
        {
            if (token is not null)
                to.Add(token.Id, (shift + start, shift + end));
            else
                _wordwise!.Encode(segment.AsSpan(start, end - start), shift + start, to);
        }
    }

    private void EncodeSegment(AlignedText segment, TokenBuffer to)
    {
        AlignedText normalized = _parts.Normalizer?.Apply(segment) ?? segment;
        foreach ((int start, int end, AddedToken? token) in _normalized.Cut(normalized.Text))
        {
            if (token is not null)
            {
                to.Add(token.Id, normalized.Original(start, end));
                continue;
            }
            List<AlignedText> pieces = [normalized.Slice(start, end - start)];
            foreach (AlignedText piece in _parts.PreTokenizer?.Apply(pieces) ?? pieces)
                _parts.Model.EncodePiece(piece, to);
        }
    }

    private static string WithoutLoneSurrogates(string text)
    {
        int first = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff');
        for (int i = first < 0 ? text.Length : first; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else
                return string.Concat(text.EnumerateRunes()); // enumerating replaces them by U+FFFD, which is one unit as well
        }
        return text;
    }

    private static byte[] Unzip(byte[] bytes)
    {
        using var zip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read = zip.Read(buffer); read > 0; read = zip.Read(buffer))
        {
            if (plain.Length + read > LargestFile)
                throw new InvalidDataException($"it unpacks to more than {LargestFile >> 20} MB.");
            plain.Write(buffer, 0, read);
        }
        return plain.ToArray();
    }
}
