using System.Text;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>A piece of a SentencePiece model; its id is its place.</summary>
internal readonly record struct SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>What a piece is for, by its number in the file.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A file of SentencePiece (tokenizer.model): its pieces, and what it does to a text before them.</summary>
internal sealed class SentencePieceModel
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] Models = ["", "unigram", "bpe", "word", "char"];

    private readonly List<SentencePiece> _pieces = [];
    private long _model = 1;
    private int _bosId = 1;
    private int _eosId = 2;
    private int _padId = -1;
    private bool _suffixed;
    private bool _escapes = true;
    private bool _denormalizes;

    public IReadOnlyList<SentencePiece> Pieces => _pieces;

    public bool IsUnigram => _model == 1;

    public bool ByteFallback { get; private set; }

    public int UnknownId { get; private set; }

    /// <summary>The control pieces that the file itself calls so, by their keys in a tokenizer's config.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens =>
        new (string Key, int Id)[]
        {
            ("bos_token", _bosId),
            ("eos_token", _eosId),
            ("pad_token", _padId),
            ("unk_token", UnknownId),
        }
            .Where(t => t.Id >= 0 && t.Id < _pieces.Count && _pieces[t.Id].Kind is PieceKind.Control or PieceKind.Unknown)
            .ToDictionary(t => t.Key, t => _pieces[t.Id].Text);

    /// <summary>The table of replacements, often empty.</summary>
    public byte[] CharsMap { get; private set; } = [];

    /// <summary><c>add_dummy_prefix</c>: a text begins with the mark of a space.</summary>
    public bool AddsPrefix { get; private set; } = true;

    /// <summary><c>remove_extra_whitespaces</c>: spaces at the ends are dropped, runs of them become one.</summary>
    public bool RemovesSpaces { get; private set; } = true;

    /// <param name="file">The contents.</param>
    /// <param name="path">Where they come from, for messages.</param>
    public static SentencePieceModel Read(ReadOnlySpan<byte> file, string path)
    {
        var model = new SentencePieceModel();
        try
        {
            model.ReadModel(file);
        }
        catch (Exception e) when (e is InvalidDataException or DecoderFallbackException)
        {
            throw new SimperException($"{path} is no SentencePiece model, or a damaged one: {e.Message.TrimEnd('.')}.", e);
        }
        model.Check(path);
        return model;
    }

    private void ReadModel(ReadOnlySpan<byte> file)
    {
        var reader = new ProtobufReader(file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 when _pieces.Count < TokenizerReader.MostTokens:
                    _pieces.Add(Piece(reader.Bytes()));
                    break;
                case 1:
                    throw new InvalidDataException($"it has more than {TokenizerReader.MostTokens} pieces");
                case 2:
                    ReadTrainer(reader.Bytes());
                    break;
                case 3:
                    ReadNormalizer(reader.Bytes());
                    break;
                case 5:
                    _denormalizes |= HasMap(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private static SentencePiece Piece(ReadOnlySpan<byte> message)
    {
        var piece = new SentencePiece("", 0, PieceKind.Normal);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    piece = piece with { Text = Strict.GetString(reader.Bytes()) };
                    break;
                case 2:
                    piece = piece with { Score = reader.Single() };
                    break;
                case 3:
                    piece = piece with { Kind = (PieceKind)reader.Integer() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return piece;
    }

    private void ReadTrainer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    _model = reader.Integer();
                    break;
                case 24:
                    _suffixed = reader.Flag();
                    break;
                case 35:
                    ByteFallback = reader.Flag();
                    break;
                case 40:
                    UnknownId = (int)reader.Integer();
                    break;
                case 41:
                    _bosId = (int)reader.Integer();
                    break;
                case 42:
                    _eosId = (int)reader.Integer();
                    break;
                case 43:
                    _padId = (int)reader.Integer();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    CharsMap = reader.Bytes().ToArray();
                    break;
                case 3:
                    AddsPrefix = reader.Flag();
                    break;
                case 4:
                    RemovesSpaces = reader.Flag();
                    break;
                case 5:
                    _escapes = reader.Flag();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private static bool HasMap(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        bool found = false;
        while (reader.Next())
        {
            if (reader.Field == 2)
                found |= !reader.Bytes().IsEmpty;
            else
                reader.Skip();
        }
        return found;
    }

    private void Check(string path)
    {
        if (_pieces.Count == 0)
            throw new SimperException($"{path} is no SentencePiece model: it has no pieces.");
        if (_model is not (1 or 2))
            throw new SimperException(
                $"{path}: model_type {(_model is 3 or 4 ? Models[_model] : _model)} is not supported; unigram and bpe are."
            );
        if (_suffixed)
            throw new SimperException($"{path}: treat_whitespace_as_suffix is not supported.");
        if (!_escapes)
            throw new SimperException($"{path}: a model without escape_whitespaces is not supported.");
        if (_denormalizes)
            throw new SimperException($"{path}: a denormalizer_spec with replacements is not supported.");
        var texts = new HashSet<string>(_pieces.Count, StringComparer.Ordinal);
        for (int id = 0; id < _pieces.Count; id++)
        {
            (string text, float score, PieceKind kind) = _pieces[id];
            if (text.Length is 0 or > MergesByScore.LongestToken)
                throw new SimperException(
                    $"{path}: piece {id} has {text.Length} characters; 1 to {MergesByScore.LongestToken} may stand."
                );
            if (!texts.Add(text))
                throw new SimperException($"{path}: piece {id}, \"{text}\", stands there twice.");
            if (!float.IsFinite(score) || !Enum.IsDefined(kind))
                throw new SimperException($"{path}: piece {id}, \"{text}\", has the score {score} and the type {(int)kind}.");
        }
        int unknown = _pieces.FindIndex(p => p.Kind == PieceKind.Unknown);
        UnknownId = unknown >= 0 ? unknown : UnknownId;
        if (UnknownId < 0 || UnknownId >= _pieces.Count)
            throw new SimperException($"{path}: unk_id is {UnknownId}, and there are {_pieces.Count} pieces.");
    }
}
