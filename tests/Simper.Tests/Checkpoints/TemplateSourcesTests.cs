using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Text.Templates;

namespace Simper.Tests.Checkpoints;

/// <summary>Every place in which models keep chat templates, and which of them counts.</summary>
public class TemplateSourcesTests
{
    private const string Config =
        """{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 16, "intermediate_size": """
        + """16, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": """
        + """32, "max_position_embeddings": 32, "rms_norm_eps": 1e-5, "tie_word_embeddings": true}""";
    private const string Named =
        """{"chat_template": [{"name": "tool_use", "template": "config tools"}, {"name": "default", "template": "config"}]}""";

    private static string Found(TemporaryFolder folder) =>
        string.Join(
            "; ",
            TemplateSources
                .OfPath(folder.Path, "p")
                .Sources.OrderBy(s => s.Key, StringComparer.Ordinal)
                .Select(s => $"{s.Key}: {s.Value}")
        );

    private static void WriteAdditional(TemporaryFolder folder, string name, string text)
    {
        Directory.CreateDirectory(folder["additional_chat_templates"]);
        File.WriteAllText(Path.Combine(folder["additional_chat_templates"], name), text);
    }

    [Fact]
    public void Files_count_before_the_tokenizer_s_configuration_and_that_before_a_processor_s()
    {
        using var folder = new TemporaryFolder();
        folder.Write("processor_config.json", """{"chat_template": "processor"}""");
        Assert.Equal("default: processor", Found(folder));
        folder.Write("chat_template.json", """{"chat_template": "json"}""");
        Assert.Equal("default: json", Found(folder));
        folder.Write("tokenizer_config.json", Named);
        Assert.Equal("default: config; tool_use: config tools", Found(folder));
        WriteAdditional(folder, "rag.jinja", "rag file");
        Assert.Equal("rag: rag file", Found(folder)); // as in transformers: no file and configuration are mixed
        folder.Write("chat_template.jinja", "\uFEFFfile");
        Assert.Equal("default: file; rag: rag file", Found(folder));
    }

    [Theory]
    [InlineData("""{"chat_template": {"default": "a", "tool_use": "b"}}""", "default: a; tool_use: b")]
    [InlineData("""{"chat_template": [{"name": "tool_use", "template": "b"}]}""", "tool_use: b")]
    public void A_configuration_may_hold_a_map_or_no_default(string config, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer_config.json", config);
        Assert.Equal(expected, Found(folder));
    }

    [Theory]
    [InlineData("""{"chat_template": 5}""")]
    [InlineData("""{"chat_template": ["a"]}""")]
    [InlineData("""{"chat_template": [{"name": "default"}]}""")]
    [InlineData("""{"chat_template": {"default": null}}""")]
    public void A_configuration_with_something_else_is_refused_with_its_file(string config)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer_config.json", config);
        string message = Assert.Throws<SimperException>(() => Found(folder)).Message;
        Assert.Contains("tokenizer_config.json", message, StringComparison.Ordinal);
        Assert.Contains("chat_template has to be a text", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gguf_file_has_a_default_and_others_by_name()
    {
        var keys = new GgufMetadata(
            new Dictionary<string, object>
            {
                ["tokenizer.chat_template"] = "d",
                ["tokenizer.chat_templates"] = new[] { "tool_use" },
                ["tokenizer.chat_template.tool_use"] = "t",
                ["tokenizer.chat_template.rag"] = "r",
                ["tokenizer.ggml.tokens"] = new[] { "a" },
            },
            "m.gguf"
        );
        Assert.Equal(
            ["default d", "rag r", "tool_use t"],
            TemplateSources.OfGguf(keys).Select(t => $"{t.Key} {t.Value}").Order(StringComparer.Ordinal)
        );
        JsonArray named = GgufTokenizer.Config(keys)!["chat_template"]!.AsArray();
        Assert.Equal(["default", "tool_use", "rag"], named.Select(n => (string)n!["name"]!));
        Assert.Empty(TemplateSources.OfGguf(new GgufMetadata([], "m.gguf")));
    }

    [Fact]
    public void A_path_may_name_a_file_a_json_file_or_a_folder_and_is_refused_in_words_elsewhere()
    {
        using var folder = new TemporaryFolder();
        string Default(string path) => TemplateSources.OfPath(path, "chat_template_path").Sources[ChatTemplates.Default];
        Assert.Equal("t", Default(folder.Write("x.txt", "t")));
        Assert.Equal("j", Default(folder.Write("x.json", """{"chat_template": "j"}""")));
        folder.Write("chat_template.jinja", "f");
        Assert.Equal("f", Default(folder.Path));
        Assert.Contains(
            "does not exist",
            Assert.Throws<SimperException>(() => Default(folder["nothing"])).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "holds no chat template",
            Assert.Throws<SimperException>(() => Default(folder.Write("y.json", "{}"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_new_model_of_a_folder_takes_all_its_tokenizer_s_files_and_named_templates()
    {
        using TemporaryFolder folder = new();
        using TemporaryFolder saved = new();
        folder.Write("config.json", Config);
        folder.Write("tokenizer_config.json", Named);
        string[] others =
        [
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "tokenizer.model",
            "vocab.txt",
        ];
        foreach (string name in others)
            folder.Write(name, "{}");
        WriteAdditional(folder, "rag.jinja", "rag");
        string path = Path.Combine(saved.Path, "model");
        using (LanguageModel model = LanguageModel.Create(ModelFiles.Read(folder.Path), seed: 1))
        {
            model.Save(path);
            model.Save(path); // over itself, the folder of templates with it
        }
        Assert.All(others, name => Assert.True(File.Exists(Path.Combine(path, name)), name));
        Assert.Equal(Named, File.ReadAllText(Path.Combine(path, "tokenizer_config.json")));
        Assert.Equal("rag", TemplateSources.OfPath(path, "p").Sources["rag"]);
    }

    [Fact]
    public void A_model_is_saved_with_the_template_it_was_given()
    {
        using TemporaryFolder folder = new();
        using TemporaryFolder saved = new();
        folder.Write("config.json", Config);
        folder.Write("tokenizer_config.json", Named);
        folder.Write("chat_template.json", """{"chat_template": "json"}""");
        WriteAdditional(folder, "rag.jinja", "rag");
        using LanguageModel model = LanguageModel.Create(ModelFiles.Read(folder.Path), seed: 1);
        string one = Path.Combine(saved.Path, "one");
        string two = Path.Combine(saved.Path, "two");
        model.Files = model.Files.With(ChatTemplate.Parse("mine", "t"));
        model.Save(one);
        Assert.Equal("mine", Assert.Single(TemplateSources.OfPath(one, "p").Sources).Value);
        Assert.Equal(
            "mine",
            (string)JsonNode.Parse(File.ReadAllText(Path.Combine(one, "tokenizer_config.json")))!["chat_template"]!
        );
        Assert.False(Directory.Exists(Path.Combine(one, "additional_chat_templates")));
        model.Files = model.Files.With(
            ChatTemplates.Of(new Dictionary<string, string> { ["default"] = "a", ["tool_use"] = "b" }, "t")!
        );
        model.Save(two);
        Assert.Equal("b", TemplateSources.OfPath(two, "p").Sources["tool_use"]);
    }
}
