using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Testing;

namespace Simper.Tests.Golden;

/// <summary>
/// A .gguf file is a model like any other: its own vocabulary gives the ids of the tokenizer.json it was made from.
/// </summary>
public class GgufTokenizerTests
{
    [Fact]
    public void SmolLm2_tokenizes_from_its_gguf_alone()
    {
        using Checkpoint checkpoint = Checkpoint.Open(
            SharedFiles.Path("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf")
        );
        ModelFiles files = ModelFiles.Of(checkpoint);
        foreach (JsonNode? case_ in GoldenFile.Read("golden", "smollm2", "tokens.json")["cases"]!.AsArray())
        {
            Assert.Equal(case_!["ids"]!.Ids(), files.Tokenizer.EncodeToIds((string)case_["text"]!));
            Assert.Equal((string)case_["decoded"]!, files.Tokenizer.Decode(case_["ids"]!.Ids()));
        }
        Assert.NotNull(files.Templates);
        Assert.Equal([2], files.StopIds);
        Assert.Equal("<|im_end|>", files.EosToken);
    }

    [Theory]
    [InlineData("stories260K-F32.gguf")]
    [InlineData("stories260K-Q8_0.gguf")]
    public void Stories_tokenizes_from_pieces_and_scores(string file)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFiles.Path("golden", "gguf", "llama", file));
        ModelFiles files = ModelFiles.Of(checkpoint);
        foreach (JsonNode? vector in GoldenFile.Read("data", "tokenizers", "vectors.json")["vectors"]!["stories260K"]!.AsArray())
        {
            Assert.Equal(vector!["ids"]!.Ids(), files.Tokenizer.EncodeToIds((string)vector["text"]!, addSpecialTokens: true));
            Assert.Equal(
                (string)vector["decoded_skip_special"]!,
                files.Tokenizer.Decode(vector["ids"]!.Ids(), skipSpecialTokens: true)
            );
        }
    }
}
