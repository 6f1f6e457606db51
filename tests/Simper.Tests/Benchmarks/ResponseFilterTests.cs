using System.Text.Json.Nodes;
using Simper.Benchmarks;

namespace Simper.Tests.Benchmarks;

/// <summary>The harness's filters, with what its own code makes of the same answers.</summary>
public class ResponseFilterTests
{
    [Theory]
    [InlineData("""[{"function":"regex","regex_pattern":"(-?[0-9]+)","group_select":-1}]""", "1 and 22", "22")]
    [InlineData("""[{"function":"regex","regex_pattern":"#### (-?[0-9]+)"}]""", "none", "[invalid]")]
    [InlineData("""[{"function":"regex","regex_pattern":"x=(\\d)|y=(\\d)","fallback":"?"}]""", "y=4", "4")]
    [InlineData("""[{"function":"regex","regex_pattern":"answer is (.*?)\\."}]""", "The answer is  B .", "B")]
    [InlineData("""[{"function":"remove_whitespace"},{"function":"uppercase"}]""", " ab ", "AB")]
    [InlineData("""[{"function":"lowercase"},{"function":"map","mapping_dict":{"a":"1"},"default_value":"0"}]""", "A", "1")]
    [InlineData("""[{"function":"multi_choice_regex","regex_pattern":"(\\([A-Z]\\))"}]""", "it is (B)", "(B)")]
    [InlineData("""[{"function":"multi_choice_regex","regex_pattern":"(\\([A-Z]\\))"}]""", "a green pear", "(B)")]
    [InlineData("""[{"function":"multi_choice_regex","regex_pattern":"(\\([A-Z]\\))"}]""", "Answer: A", "(A)")]
    public void An_answer_is_filtered_as_in_the_harness(string steps, string answer, string expected) =>
        Assert.Equal(expected, Filter(steps).Apply([answer], Row)[0]);

    [Fact]
    public void Several_answers_vote_or_the_first_counts()
    {
        Assert.Equal(["b"], Filter("""[{"function":"majority_vote"}]""").Apply(["a", "b", "b", "a", "b"], Row));
        Assert.Equal(["a"], Filter("""[{"function":"majority_vote"}]""").Apply(["a", "b"], Row));
        Assert.Equal(["x"], Filter("""[{"function":"take_first"}]""").Apply(["x", "y"], Row));
        Assert.Equal(["x", "y"], Filter("""[{"function":"take_first_k","k":2}]""").Apply(["x", "y", "z"], Row));
    }

    private static JsonObject Row => JsonNode.Parse("""{"choices":["a red apple","a green pear"]}""")!.AsObject();

    private static ResponseFilter Filter(string steps) =>
        ResponseFilter
            .Of(
                new TaskConfig(
                    new JsonObject
                    {
                        ["task"] = "t",
                        ["output_type"] = "generate_until",
                        ["filter_list"] = new JsonArray(new JsonObject { ["name"] = "f", ["filter"] = JsonNode.Parse(steps) }),
                    },
                    new TaskFile("t.yaml", IsBuiltin: false)
                )
            )
            .Single();
}
