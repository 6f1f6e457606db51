namespace Simper.Text.Tests;

public sealed class HubNameTests
{
    [Theory]
    [InlineData("HuggingFaceTB/SmolLM2-135M-Instruct", true)]
    [InlineData("org/name", true)]
    [InlineData("gpt2", false)]
    [InlineData("./org/name", false)]
    [InlineData("org/sub/name", false)]
    [InlineData("org/pairs.jsonl", false)]
    [InlineData("models/smollm2-135m-instruct", false)]
    [InlineData("runs/nothing", false)]
    [InlineData("data/pairs", false)]
    [InlineData("Datasets/pairs", false)]
    [InlineData("modelscope/name", true)]
    public void Two_parts_are_a_name_of_the_hub_unless_the_first_is_a_usual_folder(string path, bool expected) =>
        Assert.Equal(expected, HubName.Is(path));

    [Fact]
    public void A_name_in_a_folder_that_is_here_is_no_name_of_the_hub()
    {
        string folder = $"simper-test-{Guid.NewGuid():N}"; // of the working directory
        Assert.True(HubName.Is($"{folder}/name"));
        Directory.CreateDirectory(folder);
        try
        {
            Assert.False(HubName.Is($"{folder}/name"));
        }
        finally
        {
            Directory.Delete(folder);
        }
    }
}
