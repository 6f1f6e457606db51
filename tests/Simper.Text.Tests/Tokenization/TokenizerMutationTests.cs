using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>Files of tokenizers with a few places changed: a sentence, or a tokenizer that works.</summary>
public class TokenizerMutationTests
{
    private const string Rest = """
        "added_tokens": [{"id": 6, "content": "<s>", "special": true, "lstrip": false, "rstrip": true, "normalized": false,
          "single_word": false}, {"id": 7, "content": "</s>", "special": true, "normalized": true, "single_word": true}],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Prepend", "prepend":
          "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "StripAccents"}, {"type": "Strip",
          "strip_left": true, "strip_right": false}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}|\\s+"},
          "behavior": "Isolated", "invert": false}, {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "Digits",
          "individual_digits": true}]},
        "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence":
          {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
          "special_tokens": {"<s>": {"id": "<s>", "ids": [6], "tokens": ["<s>"]}}},
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type":
          "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        """;

    private static readonly (string Name, JsonNode Good)[] Files =
    [
        (
            "BPE",
            Parsed(
                """
                {"type": "BPE", "dropout": null, "unk_token": "<unk>", "byte_fallback": true, "ignore_merges": true, "fuse_unk":
                 true, "continuing_subword_prefix": null, "end_of_word_suffix": null, "vocab": {"<unk>": 0, "a": 1, "b": 2,
                 "ab": 3, "<0x41>": 4, "▁": 5}, "merges": ["a b"]}
                """
            )
        ),
        (
            "Unigram",
            Parsed(
                """
                {"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [["<unk>", 0.0], ["a", -1.5], ["b", -2.0],
                 ["ab", -2.5], ["▁", -1.0], ["é", -9.0]]}
                """
            )
        ),
        (
            "WordPiece",
            Parsed(
                """
                {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                 "vocab": {"[UNK]": 0, "a": 1, "##b": 2, "ab": 3, "c": 4, "##c": 5}}
                """
            )
        ),
        (
            "WordLevel",
            Parsed("""{"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "a": 1, "b": 2, "ab": 3, "c": 4, "d": 5}}""")
        ),
        (
            "byte-level BPE",
            JsonNode.Parse(
                """
                {"normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "use_regex": true,
                 "trim_offsets": false}, "post_processor": {"type": "ByteLevel", "trim_offsets": true}, "decoder": {"type":
                 "ByteLevel"}, "truncation": {"max_length": 512, "strategy": "LongestFirst", "stride": 0}, "padding": null,
                 "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "Ġ": 2, "Ġa": 3, "ab": 4},
                 "merges": [["Ġ", "a"], ["a", "b"]]}}
                """
            )!
        ),
        (
            "Metaspace and BERT",
            JsonNode.Parse(
                """
                {"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                 "lowercase": true}, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first",
                 "split": true}, "post_processor": {"type": "BertProcessing", "cls": ["[C]", 3], "sep": ["[S]", 4]},
                 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true}, "added_tokens": [{"id": 3,
                 "content": "[C]"}, {"id": 4, "content":
                 "[S]"}], "model": {"type": "WordPiece", "unk_token": "[U]", "continuing_subword_prefix": "##", "vocab":
                 {"[U]": 0, "▁a": 1, "##b": 2}}}
                """
            )!
        ),
    ];

    public static TheoryData<string> Names => [.. Files.Select(f => f.Name)];

    private static JsonNode Parsed(string model) => JsonNode.Parse($"{{{Rest}, \"model\": {model}}}")!;

    [Fact]
    public void The_good_files_are_read()
    {
        foreach ((string name, JsonNode good) in Files)
            Assert.NotNull(Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(good.ToJsonString()), name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_changed_file_is_refused_by_a_sentence_or_makes_a_tokenizer(string name)
    {
        JsonNode good = Files.First(f => f.Name == name).Good;
        MutationRun.Read(
            16,
            $"tokenizer.json ({name})",
            Counts.Of(400, 20_000),
            seed => new Mutator(seed).Json(good),
            file =>
            {
                Tokenizer tokenizer = Tokenizer.Parse(file, "its.json");
                int[] ids = tokenizer.EncodeToIds("ab <s> Aé  12345, 日本\n", addSpecialTokens: true);
                _ = tokenizer.Decode(ids);
                _ = tokenizer.Encode("a\ud800b");
            }
        );
    }
}
