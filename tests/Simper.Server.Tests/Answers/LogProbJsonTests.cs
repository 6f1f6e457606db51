using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Server.Answers;

namespace Simper.Server.Tests.Answers;

public class LogProbJsonTests
{
    private static readonly TokenNames Names = new(ModelFiles.ForTokenizer(TestServer.DemoModel).Tokenizer);

    private static JsonNode Lists(int alternatives, params ShownToken[] tokens)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            LogProbJson.WriteLists(json, tokens, alternatives, Names);
            json.WriteEndObject();
        }
        return JsonNode.Parse(stream.ToArray())!["logprobs"]!;
    }

    [Fact]
    public void A_token_and_the_largest_of_its_place_are_printed_alike()
    {
        double logProb = (float)-0.1234567891; // more digits than a float prints
        JsonNode lists = Lists(1, new ShownToken(100, logProb, [(100, logProb)], 0));
        Assert.Equal(
            lists["token_logprobs"]![0]!.ToJsonString(),
            lists["top_logprobs"]![0]!.AsObject().Single().Value!.ToJsonString()
        );
    }

    [Fact]
    public void Infinities_and_what_is_no_number_are_finite()
    {
        foreach (double value in (double[])[double.NegativeInfinity, double.NaN, -1e300])
        {
            JsonNode lists = Lists(1, new ShownToken(100, value, [(101, -0.5)], 0));
            Assert.Equal(-9999, (double)lists["token_logprobs"]![0]!);
            Assert.Equal(2, lists["top_logprobs"]![0]!.AsObject().Count);
        }
    }

    [Fact]
    public void Parts_of_characters_are_named_by_their_bytes_so_that_none_hides_another()
    {
        Simper.Text.Tokenization.Tokenizer tokenizer = ModelFiles.ForTokenizer(TestServer.DemoModel).Tokenizer;
        int[] parts =
        [
            .. Enumerable
                .Range(0, tokenizer.VocabularySize)
                .Where(i => Names.NameOf(i).StartsWith("bytes:", StringComparison.Ordinal))
                .Take(3),
        ];
        Assert.Equal(3, parts.Length);
        JsonNode lists = Lists(3, new ShownToken(parts[2], -3, [(parts[0], -1), (parts[1], -2), (parts[2], -3)], 0));
        Assert.Equal([-1.0, -2.0, -3.0], lists["top_logprobs"]![0]!.AsObject().Select(e => (double)e.Value!));
        Assert.Equal((string)lists["tokens"]![0]!, lists["top_logprobs"]![0]!.AsObject().Last().Key);
    }
}
