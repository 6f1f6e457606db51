using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Preferences;

/// <summary>The recorded runs of TRL and of SimPER's authors, and the tokenizer of the model that they ran on.</summary>
internal static class TrlTokens
{
    private static readonly Lazy<Tokenizer> Stories = new(() =>
        Tokenizer.Load(SharedFiles.Path("data", "stories260K-hf", "tokenizer.json"))
    );

    /// <summary>Names of the runs whose tokens were recorded, found by what the files hold.</summary>
    public static TheoryData<string> Runs =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("golden", "trl"), "*.json")
                .Where(f =>
                    JsonNode.Parse(File.ReadAllText(f)) is JsonObject run && run["tokens"] is JsonArray && run["data"] is not null
                )
                .Select(f => Path.GetFileName(f)!)
                .Order(StringComparer.Ordinal)
        );

    public static JsonObject Read(string run) =>
        JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "trl", run)))!.AsObject();

    public static Compatibility ModeOf(JsonObject run) =>
        (string)run["trainer"]! switch
        {
            "DPOTrainer" or "KTOTrainer" or "SFTTrainer" => Compatibility.Trl,
            "CPOTrainer" or "ORPOTrainer" or "SimPerTrainer" => Compatibility.TrlCpo,
            var other when other.Contains("simper_trainer.py", StringComparison.Ordinal) => Compatibility.SimPerReference,
            var other => throw new InvalidDataException($"a run of {other}, whose mode is not known"),
        };

    /// <summary>The run's settings as ours.</summary>
    public static TokenizationOptions OptionsOf(JsonObject run)
    {
        JsonNode settings = run["settings"]!;
        return new TokenizationOptions
        {
            Compatibility = ModeOf(run),
            MaxLength = (int)settings["max_length"]!,
            MaxPromptLength = (int?)settings["max_prompt_length"],
            Truncation = (string?)settings["truncation_mode"] == "keep_end" ? TruncationMode.KeepEnd : TruncationMode.KeepStart,
        };
    }

    public static GroupTokenizer Make(TokenizationOptions options, string? template = null) =>
        new(Stories.Value, template is null ? null : ChatTemplate.Parse(template, "the run's"), [2], "<s>", "</s>", options);

    public static TokenizedDataset Tokenize(JsonObject run, TokenizationOptions options) =>
        TokenizedDataset.Of(
            PreferenceDataset.Open(SharedFiles.Path("golden", "trl", (string)run["data"]!), options.Compatibility),
            Make(options, (string?)run["chat_template"])
        );

    /// <summary>
    /// Whether the run learns the prompt too: that is the objective's business, and no token of it is scored as an answer's.
    /// </summary>
    public static bool LearnsPrompt(JsonObject run) =>
        run["settings"]!["completion_only_loss"]?.GetValueKind() == System.Text.Json.JsonValueKind.False;

    public static int[] Numbers(JsonNode? list) => [.. list!.AsArray().Select(n => (int)n!)];

    /// <summary>Prompt and answer.</summary>
    public static int[] Ids(TokenizedGroup group, int answer) => [.. group.Prompt, .. group.Answers[answer].Ids];

    /// <summary>
    /// What counts in the answer's length, over prompt and answer: 1 where it is scored or has nothing that predicts it.
    /// </summary>
    public static int[] Counted(TokenizedGroup group, int answer)
    {
        int[] counted = [.. group.Prompt.Select(_ => 0), .. group.Answers[answer].IsScored.Select(s => s ? 1 : 0)];
        if (group.Answers[answer].UnpredictedTokens is 1)
            counted[0] = 1;
        return counted;
    }
}
