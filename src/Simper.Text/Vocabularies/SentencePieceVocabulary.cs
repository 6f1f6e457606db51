using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>
/// A SentencePiece model (tokenizer.model) as a tokenizer.json: control and user-defined pieces as added tokens, the normaliser's
/// settings as steps, unigram scores or merges by score.
/// </summary>
internal static class SentencePieceVocabulary
{
    public static TokenizerDraft Draft(SentencePieceModel model, string path, FolderTokens tokens, TokenizerKind kind)
    {
        SentencePiece[] pieces = Placed(Pieces(model, tokens, kind), tokens);
        // fairseq has its own first pieces, of which <unk> is the last.
        int unknown = kind.BehindFairseq is null ? model.UnknownId : 3;
        var ids = new Dictionary<string, int>(pieces.Length, StringComparer.Ordinal);
        for (int id = 0; id < pieces.Length; id++)
        {
            if (!ids.TryAdd(pieces[id].Text, id))
                throw new SimperException(
                    $"{path}: the token \"{pieces[id].Text}\" has two ids, {ids[pieces[id].Text]} and {id}."
                );
        }
        List<AddedToken> added = tokens.Resolve(new(ids, StringComparer.Ordinal), Added(pieces, unknown, kind));
        return (kind.IsByWords ? WordSteps(model, tokens) : Steps(model, tokens, kind)) with
        {
            AddedTokens = added,
            PostProcessor = Frame.Of(tokens, kind, added),
            Model = json => Write(json, model, pieces, unknown, ids),
        };
    }

    private static void Write(
        Utf8JsonWriter json,
        SentencePieceModel model,
        SentencePiece[] pieces,
        int unknown,
        Dictionary<string, int> ids
    )
    {
        if (!model.IsUnigram)
        {
            TokenizerDraft.WriteBpe(json, ids, MergesByScore.Of(pieces));
            json.WriteString("unk_token", pieces[unknown].Text);
            json.WriteBoolean("fuse_unk", true);
            json.WriteBoolean("byte_fallback", model.ByteFallback);
            return;
        }
        json.WriteString("type", "Unigram");
        json.WriteNumber("unk_id", unknown);
        json.WriteBoolean("byte_fallback", model.ByteFallback);
        json.WriteStartArray("vocab");
        foreach (SentencePiece piece in pieces)
        {
            json.WriteStartArray();
            json.WriteStringValue(piece.Text);
            json.WriteNumberValue((double)piece.Score);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static IEnumerable<SentencePiece> Pieces(SentencePieceModel model, FolderTokens tokens, TokenizerKind kind)
    {
        IEnumerable<SentencePiece> pieces = model.Pieces;
        if (kind.BehindFairseq is { } behind)
            pieces = new[] { "<s>", "<pad>", "</s>", "<unk>" }
                .Select(t => new SentencePiece(t, 0, t == "<unk>" ? PieceKind.Unknown : PieceKind.Control))
                .Concat(pieces.Skip(3))
                .Concat(behind.Select(t => new SentencePiece(t, 0, PieceKind.Control)));
        int extra = kind.ExtraIds > 0 ? tokens.Number("extra_ids", kind.ExtraIds) : 0;
        return pieces.Concat(
            Enumerable.Range(0, extra).Select(i => new SentencePiece($"<extra_id_{extra - 1 - i}>", 0, PieceKind.Control))
        );
    }

    /// <summary>Pieces that only keep a place get the text that the config has for their id.</summary>
    private static SentencePiece[] Placed(IEnumerable<SentencePiece> given, FolderTokens tokens)
    {
        SentencePiece[] pieces = [.. given];
        HashSet<string> texts = [.. pieces.Select(p => p.Text)];
        foreach ((int id, string content) in tokens.Placed())
        {
            if (id < pieces.Length && pieces[id].Text != content && texts.Add(content))
                pieces[id] = pieces[id] with { Text = content };
        }
        return pieces;
    }

    private static IEnumerable<AddedToken> Added(SentencePiece[] pieces, int unknown, TokenizerKind kind) =>
        pieces
            .Select((piece, id) => (piece, id))
            .Where(p => p.id == unknown || p.piece.Kind is PieceKind.Control or PieceKind.UserDefined)
            .Select(p => new AddedToken(p.id, p.piece.Text)
            {
                IsSpecial = p.piece.Kind != PieceKind.UserDefined || kind.SpecialPieces.Contains(p.piece.Text),
            });

    private static TokenizerDraft Steps(SentencePieceModel model, FolderTokens tokens, TokenizerKind kind)
    {
        bool prepends = model.AddsPrefix && (!kind.IsLlama || tokens.Flag("add_prefix_space", true));
        bool legacy = !kind.IsLlama || tokens.Flag("legacy", true);
        List<JsonObject> steps = [];
        if (model.CharsMap.Length > 0)
            steps.Add(JsonSteps.Precompiled(model.CharsMap));
        if (model.RemovesSpaces)
            steps.AddRange([
                JsonSteps.ReplaceMatches($@"\A +|[ {JsonSteps.Mark}]+\z", ""),
                JsonSteps.ReplaceMatches(" {2,}", " "),
            ]);
        if (legacy && prepends)
            steps.Add(JsonSteps.Prepend(JsonSteps.Mark));
        if (legacy)
            steps.Add(JsonSteps.Replace(" ", JsonSteps.Mark));
        List<JsonObject> decoders = [JsonSteps.Replace(JsonSteps.Mark, " ")];
        if (model.ByteFallback)
            decoders.Add(JsonSteps.Plain("ByteFallback"));
        decoders.Add(JsonSteps.Plain("Fuse"));
        if (prepends)
            decoders.Add(JsonSteps.Strip());
        return new TokenizerDraft
        {
            AddedTokens = [],
            Model = _ => { },
            Normalizer = steps.Count > 0 ? JsonSteps.Normalizers(steps) : null,
            PreTokenizer = legacy ? null : JsonSteps.Metaspace(prepends ? "first" : "never"),
            Decoder = JsonSteps.Decoders(decoders),
        };
    }

    private static TokenizerDraft WordSteps(SentencePieceModel model, FolderTokens tokens)
    {
        JsonObject[] map = model.CharsMap.Length > 0 ? [JsonSteps.Precompiled(model.CharsMap)] : [];
        string prepend =
            !tokens.Flag("add_prefix_space", true) ? "never"
            : tokens.Flag("legacy", true) ? "always"
            : "first";
        return new TokenizerDraft
        {
            AddedTokens = [],
            Model = _ => { },
            Normalizer = JsonSteps.Normalizers([
                .. map,
                JsonSteps.StripRight(),
                JsonSteps.ReplaceMatches(" {2,}", JsonSteps.Mark),
            ]),
            PreTokenizer = JsonSteps.Metaspace(prepend, split: true),
            Decoder = JsonSteps.Metaspace(prepend, split: true),
        };
    }
}
