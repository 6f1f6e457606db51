using System.Text;
using System.Text.Json;

namespace Simper.Text.Tokenization;

/// <summary>Reads the steps around the model: normalizer, pre_tokenizer, decoder.</summary>
internal static class PipelineReader
{
    public static Normalizer? Normalizer(JsonSection section) =>
        section.IsNull
            ? null
            : section["type"].Text() switch
            {
                "Sequence" => new Normalizer.Sequence([.. section["normalizers"].Items().Select(s => Normalizer(s) ?? throw s.Wrong("a normalizer"))]),
                "Prepend" => new Normalizer.Prepend(Replacement(section["prepend"])),
                "Replace" => IsRegex(section["pattern"], out string pattern)
                    ? new Normalizer.ReplaceMatches(
                        new CodePointRegex(pattern, section["pattern"].Path),
                        Replacement(section["content"])
                    )
                    : new Normalizer.Replace(NotEmpty(pattern, section["pattern"]), Replacement(section["content"])),
                "NFC" => new Normalizer.Unicode(NormalizationForm.FormC),
                "NFD" => new Normalizer.Unicode(NormalizationForm.FormD),
                "NFKC" => new Normalizer.Unicode(NormalizationForm.FormKC),
                "NFKD" => new Normalizer.Unicode(NormalizationForm.FormKD),
                "Lowercase" => new Normalizer.Lowercase(),
                "StripAccents" => new Normalizer.StripAccents(),
                "Nmt" => new Normalizer.Nmt(),
                "ByteLevel" => new Normalizer.ByteLevel(),
                "Precompiled" => Precompiled(section["precompiled_charsmap"]),
                "BertNormalizer" => Bert(section),
                "Strip" => new Normalizer.Strip(section["strip_left"].Flag(true), section["strip_right"].Flag(true)),
                var other => throw section["type"].Unsupported($"the normalizer \"{other}\""),
            };

    private static Normalizer.Sequence Bert(JsonSection section)
    {
        bool lowers = section["lowercase"].Flag(true);
        List<Normalizer> steps = [];
        if (section["clean_text"].Flag(true))
            steps.Add(new BertSteps.Cleaned());
        if (section["handle_chinese_chars"].Flag(true))
            steps.Add(new BertSteps.SpacedIdeographs());
        if (section["strip_accents"].Flag(lowers))
            steps.AddRange([new Normalizer.Unicode(NormalizationForm.FormD), new BertSteps.WithoutAccents()]);
        if (lowers)
            steps.Add(new Normalizer.Lowercase());
        return new Normalizer.Sequence(steps);
    }

    private static PrecompiledNormalizer Precompiled(JsonSection map) =>
        (
            map.Text("").Length > 0 && map.Element.TryGetBytesFromBase64(out byte[]? bytes)
                ? PrecompiledNormalizer.Read(bytes)
                : null
        ) ?? throw map.Wrong("a table of SentencePiece's replacements in base64");

    public static PreTokenizer? PreTokenizer(JsonSection section) =>
        section.IsNull
            ? null
            : section["type"].Text() switch
            {
                "Sequence" => new PreTokenizer.Sequence([.. section["pretokenizers"].Items().Select(s => PreTokenizer(s) ?? throw s.Wrong("a pre-tokenizer"))]),
                "ByteLevel" => new PreTokenizer.ByteLevel(
                    section["add_prefix_space"].Flag(true),
                    section["use_regex"].Flag(true)
                ),
                "Split" => new PreTokenizer.Split(
                    Matcher(section["pattern"]),
                    Behavior(section["behavior"]),
                    section["invert"].Flag(false)
                )
                {
                    Pattern = IsRegex(section["pattern"], out string pattern) ? pattern : null,
                },
                "Digits" when section["individual_digits"].Flag(false) => new PreTokenizer.Split(
                    Tokenization.PreTokenizer.RunsOf(CharacterKinds.IsNumeric, individual: true),
                    SplitBehavior.Isolated,
                    invert: false
                )
                {
                    Pattern = KnownPatterns.Digit,
                },
                "Digits" => Isolating(Tokenization.PreTokenizer.RunsOf(CharacterKinds.IsNumeric, individual: false)),
                "Punctuation" => Punctuation(Behavior(section["behavior"])),
                "Whitespace" => new PreTokenizer.Sequence([
                    WithoutWhiteSpace,
                    Isolating(Tokenization.PreTokenizer.RunsOf(CharacterKinds.IsWord, individual: false)),
                ]),
                "WhitespaceSplit" => WithoutWhiteSpace,
                "BertPreTokenizer" => new PreTokenizer.Sequence([WithoutWhiteSpace, Punctuation(SplitBehavior.Isolated)]),
                "CharDelimiterSplit" => new PreTokenizer.Split(
                    LiteralText.Occurrences(OneCharacter(section["delimiter"]).ToString()),
                    SplitBehavior.Removed,
                    invert: false
                ),
                "Metaspace" => new PreTokenizer.Metaspace(Mark(section), Prepend(section), section["split"].Flag(true)),
                "FixedLength" => new PreTokenizer.FixedLength(
                    section["length"].Number(5) is > 0 and var length ? length : throw section["length"].Wrong("at least 1")
                ),
                var other => throw section["type"].Unsupported($"the pre-tokenizer \"{other}\""),
            };

    public static TokenDecoder? Decoder(JsonSection section) =>
        section.IsNull
            ? null
            : section["type"].Text() switch
            {
                "Sequence" => new TokenDecoder.Sequence([.. section["decoders"].Items().Select(s => Decoder(s) ?? throw s.Wrong("a decoder"))]),
                "ByteLevel" => new TokenDecoder.ByteLevel(),
                "ByteFallback" => new TokenDecoder.ByteFallback(),
                "Fuse" => new TokenDecoder.Fuse(),
                "Strip" => new TokenDecoder.Strip(
                    OneCharacter(section["content"]),
                    section["start"].Number(0),
                    section["stop"].Number(0)
                ),
                "Replace" => !IsRegex(section["pattern"], out string pattern)
                    ? new TokenDecoder.Replace(NotEmpty(pattern, section["pattern"]), Replacement(section["content"]))
                    : new TokenDecoder.ReplaceMatches(
                        new CodePointRegex(pattern, section["pattern"].Path),
                        Replacement(section["content"])
                    ),
                "BPEDecoder" => new TokenDecoder.WordEnds(NotEmpty(section["suffix"].Text("</w>"), section["suffix"])),
                "WordPiece" => new TokenDecoder.WordPiece(section["prefix"].Text("##"), section["cleanup"].Flag(true)),
                "Metaspace" => new TokenDecoder.Metaspace(Mark(section), Prepend(section)),
                var other => throw section["type"].Unsupported($"the decoder \"{other}\""),
            };

    private static readonly PreTokenizer.Split WithoutWhiteSpace = new(
        Tokenization.PreTokenizer.RunsOf(Rune.IsWhiteSpace, individual: true),
        SplitBehavior.Removed,
        invert: false
    );

    private static PreTokenizer.Split Punctuation(SplitBehavior behavior) =>
        new(Tokenization.PreTokenizer.RunsOf(CharacterKinds.IsPunctuation, individual: true), behavior, invert: false);

    private static PreTokenizer.Split Isolating(Func<string, List<(int, int)>> matches) =>
        new(matches, SplitBehavior.Isolated, invert: false);

    private static Func<string, List<(int, int)>> Matcher(JsonSection pattern) =>
        IsRegex(pattern, out string text)
            ? new CodePointRegex(text, pattern.Path).Matches
            : LiteralText.Occurrences(NotEmpty(text, pattern));

    private static bool IsRegex(JsonSection pattern, out string text)
    {
        if (pattern.Element.ValueKind == JsonValueKind.String)
        {
            text = pattern.Text();
            return false;
        }
        bool isRegex = !pattern["Regex"].IsNull;
        text = (isRegex ? pattern["Regex"] : pattern["String"]).Text();
        return isRegex;
    }

    private static string Replacement(JsonSection section) =>
        section.Text() is { Length: <= TextGrowth.LongestReplacement } text
            ? text
            : throw section.Wrong($"a text of at most {TextGrowth.LongestReplacement} characters");

    private static string NotEmpty(string text, JsonSection section) =>
        text.Length > 0 ? text : throw section.Wrong("a text of at least one character");

    private static SplitBehavior Behavior(JsonSection section) =>
        section.Text("Isolated") switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw section.Wrong("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
        };

    private static char Mark(JsonSection section) =>
        section["replacement"].IsNull ? '\u2581' : OneCharacter(section["replacement"]);

    private static char OneCharacter(JsonSection section) => section.Text() is [var c] ? c : throw section.Wrong("one character");

    private static PrependScheme Prepend(JsonSection section) =>
        section["prepend_scheme"].Text(section["add_prefix_space"].Flag(true) ? "always" : "never") switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw section["prepend_scheme"].Wrong("always, first or never"),
        };
}
