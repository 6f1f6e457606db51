using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Tokenization;
using Simper.Text.Vocabularies;

namespace Simper.Text.Tests.Vocabularies;

/// <summary>A folder with the files of a tokenizer.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public TokenizerFolder Add(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return this;
    }

    /// <summary>One of the small models of SentencePiece.</summary>
    public TokenizerFolder AddModel(string model, string name = "tokenizer.model")
    {
        File.Copy(
            System.IO.Path.Combine(SharedFiles.Repository, "tests", "golden", "tokenizers", "models", model + ".model"),
            In(name)
        );
        return this;
    }

    public byte[]? Json(string? modelType = null)
    {
        JsonObject? config = File.Exists(In("tokenizer_config.json"))
            ? JsonNode.Parse(File.ReadAllText(In("tokenizer_config.json")))!.AsObject()
            : null;
        return VocabularyFiles.ReadJson(Path, config, modelType);
    }

    public Tokenizer Tokenizer(string? modelType = null) => Text.Tokenization.Tokenizer.Parse(Json(modelType)!, "it");

    public string Refusal(string? modelType = null) => Assert.Throws<SimperException>(() => Tokenizer(modelType)).Message;
}
