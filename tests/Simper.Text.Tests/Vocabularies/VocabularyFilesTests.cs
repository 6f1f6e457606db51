using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Tokenization;
using Simper.Text.Vocabularies;

namespace Simper.Text.Tests.Vocabularies;

/// <summary>What stands in a folder decides which tokenizer it has; what is not understood is refused by its name.</summary>
public sealed class VocabularyFilesTests : IDisposable
{
    private readonly TokenizerFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_without_any_vocabulary_has_no_tokenizer()
    {
        _folder.Add("tokenizer_config.json", "{}").Add("merges.txt", "");
        Assert.False(VocabularyFiles.AreIn(_folder.Path));
        Assert.Null(_folder.Json());
    }

    [Fact]
    public void Tokenizer_json_comes_before_all_others()
    {
        const string json = """{"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":0}}}""";
        _folder.Add("tokenizer.json", json).AddModel("bpe").Add("tokenizer_config.json", """{"tokenizer_class":"Made"}""");
        Assert.True(VocabularyFiles.AreIn(_folder.Path));
        Assert.Equal(json, System.Text.Encoding.UTF8.GetString(_folder.Json()!));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("")]
    [InlineData("\n\u0003ab")]
    public void A_file_that_is_no_model_of_SentencePiece_is_named(string content)
    {
        _folder.Add("tokenizer.model", content);
        Assert.StartsWith($"{_folder.In("tokenizer.model")} is no SentencePiece model", _folder.Refusal());
    }

    [Fact]
    public void A_pointer_of_Git_LFS_is_no_model()
    {
        _folder.Add("tokenizer.model", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n");
        Assert.Contains("is a pointer of Git LFS", _folder.Refusal());
    }

    [Fact]
    public void A_model_that_ends_anywhere_is_refused_or_whole()
    {
        _folder.AddModel("bpe-own-pieces");
        byte[] whole = File.ReadAllBytes(_folder.In("tokenizer.model"));
        for (int length = 1; length < whole.Length; length += 37)
        {
            File.WriteAllBytes(_folder.In("tokenizer.model"), whole[..length]);
            try
            {
                _folder.Tokenizer().EncodeToIds("the answer");
            }
            catch (SimperException e)
            {
                Assert.StartsWith(_folder.In("tokenizer.model"), e.Message);
            }
        }
    }

    [Fact]
    public void Changed_bytes_are_refused_or_read()
    {
        _folder.AddModel("unigram-rules");
        byte[] whole = File.ReadAllBytes(_folder.In("tokenizer.model"));
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] changed = [.. whole];
            for (int i = 0; i < 3; i++)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(_folder.In("tokenizer.model"), changed);
            try
            {
                _folder.Tokenizer().Decode(_folder.Tokenizer().EncodeToIds("caf\u00e9 e\u0301 \ufb01nd \u3000 x"));
            }
            catch (SimperException) { }
        }
    }

    [Theory]
    [InlineData("\x18\x03", "model_type word")]
    [InlineData("\x18\x04", "model_type char")]
    [InlineData("\x18\x09", "model_type 9")]
    [InlineData("\xc0\x01\x01", "treat_whitespace_as_suffix")]
    public void Settings_of_the_trainer_that_are_not_known_are_named(string trainer, string expected) =>
        Assert.Contains(expected, WithMessage(2, trainer));

    [Theory]
    [InlineData(3, "\x28\x00", "escape_whitespaces")]
    [InlineData(5, "\x12\x01x", "denormalizer_spec")]
    [InlineData(1, "\n\x03<s>", "stands there twice")]
    [InlineData(1, "\n\x00", "has 0 characters")]
    public void Other_settings_that_are_not_known_are_named(int field, string message, string expected) =>
        Assert.Contains(expected, WithMessage(field, message));

    private string WithMessage(int field, string message)
    {
        _folder.AddModel("bpe");
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(message);
        File.AppendAllBytes(_folder.In("tokenizer.model"), [(byte)((field << 3) | 2), (byte)bytes.Length, .. bytes]);
        string refusal = _folder.Refusal();
        Assert.StartsWith(_folder.In("tokenizer.model"), refusal);
        return refusal;
    }

    [Theory]
    [InlineData("BaichuanTokenizer", "tokenizer.model")]
    [InlineData("PegasusTokenizer", "spiece.model")]
    public void A_class_that_does_more_than_its_vocabulary_says_is_refused(string name, string file)
    {
        _folder.AddModel("bpe", file).Add("tokenizer_config.json", $$"""{"tokenizer_class":"{{name}}"}""");
        Assert.Equal(
            $"{_folder.Path}: the tokenizer {name} is not known by {file} alone; save its tokenizer.json with transformers' "
                + "save_pretrained, and put it there.",
            _folder.Refusal()
        );
    }

    [Fact]
    public void A_vocabulary_without_its_merges_is_refused()
    {
        _folder.Add("vocab.json", """{"a":0}""");
        Assert.Contains("there is vocab.json, but not merges.txt", _folder.Refusal());
    }

    [Theory]
    [InlineData("#version: 0.2\na b\nb\n", "line 3: two tokens have to stand there")]
    [InlineData("a b\na c\n", "line 2: the token \"c\" is not in vocab.json")]
    [InlineData("a b\nb a", "line 2: the token \"ba\" is not in vocab.json")]
    public void Merges_that_do_not_fit_are_named_by_their_line(string merges, string expected)
    {
        _folder.Add("vocab.json", """{"a":0,"b":1,"ab":2}""").Add("merges.txt", merges);
        Assert.StartsWith($"{_folder.In("merges.txt")}, {expected}", _folder.Refusal());
    }

    [Fact]
    public void Lines_may_end_as_on_Windows()
    {
        _folder.Add("vocab.json", """{"a":0,"b":1,"ab":2}""").Add("merges.txt", "#version: 0.2\r\na b\r\n");
        Assert.Equal([2, 0], _folder.Tokenizer().EncodeToIds("aba"));
    }

    [Theory]
    [InlineData("""{"added_tokens_decoder":{"5":{"content":"the"}}}""", "the added token \"the\" has the id 5")]
    [InlineData("""{"added_tokens_decoder":{"x":{"content":"a"}}}""", "added_tokens_decoder.x has to be")]
    [InlineData("""{"added_tokens_decoder":{"9":7}}""", "added_tokens_decoder.9 has to be a token")]
    [InlineData("""{"eos_token":{"text":"a"}}""", "eos_token has to be")]
    [InlineData("""{"additional_special_tokens":7}""", "additional_special_tokens has to be")]
    [InlineData("""{"do_lower_case":"yes"}""", "do_lower_case has to be true or false")]
    [InlineData("""{"do_basic_tokenize":false}""", "do_basic_tokenize: false is not supported")]
    public void Configs_that_do_not_fit_are_named(string config, string expected)
    {
        _folder.Add("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nof\nthe\n").Add("tokenizer_config.json", config);
        string refusal = _folder.Refusal();
        Assert.StartsWith(_folder.Path, refusal);
        Assert.Contains(expected, refusal);
    }

    [Theory]
    [InlineData("{}", "$.config.default_num_special_tokens")]
    [InlineData("""{"config":{"default_num_special_tokens":2,"default_vocab_size":2}}""", "$.config.default_vocab_size")]
    [InlineData("""{"config":{"default_num_special_tokens":1,"default_vocab_size":3},"vocab":[]}""", "$.vocab")]
    [InlineData(
        """{"config":{"default_num_special_tokens":1,"default_vocab_size":2},"vocab":[{"token_bytes":"?"}]}""",
        "$.vocab[0].token_bytes"
    )]
    [InlineData(
        """{"config":{"default_num_special_tokens":1,"default_vocab_size":2},"vocab":[{"rank":1,"token_bytes":"YQ=="}]}""",
        "$.vocab[0].rank"
    )]
    public void What_a_tekken_file_lacks_is_named(string json, string place)
    {
        _folder.Add("tekken.json", json);
        Assert.StartsWith($"{_folder.In("tekken.json")}: {place} has to be", _folder.Refusal());
    }

    [Fact]
    public void A_piece_that_only_keeps_a_place_gets_the_text_of_the_config()
    {
        _folder
            .AddModel("bpe")
            .Add(
                "tokenizer_config.json",
                """{"tokenizer_class":"LlamaTokenizer","added_tokens_decoder":{"300":{"content":"<|user|>","special":true}}}"""
            );
        Tokenizer tokenizer = _folder.Tokenizer();
        Assert.Equal([300], tokenizer.EncodeToIds("<|user|>"));
        Assert.Equal(560, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("eos_token", """{"eos_token":"<end>"}""", null, null, "<end>")]
    [InlineData("eos_token", """{"eos_token":{"content":"<end>"}}""", null, null, "<end>")]
    [InlineData("eos_token", """{"eos_token":null}""", null, "gpt2", null)]
    [InlineData("eos_token", "{}", """{"eos_token":"<map>"}""", null, "<map>")]
    [InlineData("eos_token", """{"eos_token":"<end>"}""", """{"eos_token":{"content":"<map>"}}""", null, "<map>")]
    [InlineData("eos_token", """{"eos_token":"<end>","added_tokens_decoder":{}}""", """{"eos_token":"<map>"}""", null, "<end>")]
    [InlineData("eos_token", "{}", null, "gpt2", "<|endoftext|>")]
    [InlineData("eos_token", """{"tokenizer_class":"LlamaTokenizerFast"}""", null, "gpt2", "</s>")]
    [InlineData("bos_token", """{"tokenizer_class":"PreTrainedTokenizerFast"}""", null, "llama", null)]
    [InlineData("bos_token", null, null, null, null)]
    public void Special_tokens_are_those_of_the_configs_else_of_the_class(
        string key,
        string? config,
        string? map,
        string? modelType,
        string? expected
    )
    {
        string? found = VocabularyFiles.SpecialToken(
            key,
            config is null ? null : JsonNode.Parse(config)!.AsObject(),
            map is null ? null : System.Text.Encoding.UTF8.GetBytes(map),
            modelType,
            _ => true
        );
        Assert.Equal(expected, found);
    }

    [Fact]
    public void What_only_the_class_names_has_to_be_a_token() =>
        Assert.Null(VocabularyFiles.SpecialToken("eos_token", [], null, "gpt2", _ => false));

    [Fact]
    public void A_map_whose_keys_are_no_unicode_names_nothing()
    {
        byte[] map = [.. "{\"eos_"u8, 0xe3, .. "\": \"a\", \"eos_token\": \"b\"}"u8];
        Assert.Null(VocabularyFiles.SpecialToken("eos_token", [], map, "llama", _ => true));
    }

    [Fact]
    public void Stories_tokenizer_model_is_its_tokenizer_json()
    {
        string source = SharedFiles.Path("data", "stories260K-hf");
        foreach (string name in (string[])["tokenizer.model", "tokenizer_config.json", "special_tokens_map.json"])
            File.Copy(Path.Combine(source, name), _folder.In(name));
        var made = (JsonObject)JsonNode.Parse(_folder.Json()!)!;
        var published = (JsonObject)JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, "tokenizer.json")))!;
        foreach (string section in (string[])["normalizer", "pre_tokenizer", "decoder", "added_tokens", "post_processor"])
            Assert.True(JsonNode.DeepEquals(published[section], made[section]), section);
        foreach (string part in (string[])["vocab", "unk_token", "byte_fallback", "fuse_unk"])
            Assert.True(JsonNode.DeepEquals(published["model"]![part], made["model"]![part]), part);
        Assert.Equal(
            published["model"]!["merges"]!.AsArray().Select(m => m is JsonArray ? $"{m[0]} {m[1]}" : (string)m!),
            made["model"]!["merges"]!.AsArray().Select(m => $"{m![0]} {m[1]}")
        );
    }
}
