using System.Text.RegularExpressions;
using Simper.Runs;

namespace Simper.Tests.Runs;

/// <summary>A misspelt name finds the one that was meant; what is like none finds none. Messages say a key once.</summary>
public sealed class NearestNameTests
{
    private static readonly string[] Commands =
    [
        "demo",
        "train",
        "plan",
        "evaluate",
        "compare",
        "tune",
        "report",
        "chat",
        "generate",
        "data",
        "lab",
        "env",
    ];

    private static readonly string[] Keys =
    [
        "seed",
        "dtype",
        "beta",
        "learning_rate",
        "max_length",
        "output_dir",
        "eval_steps",
        "temperature",
    ];

    [Theory]
    [InlineData("trian", "train")]
    [InlineData("Train", "train")]
    [InlineData("evalute", "evaluate")]
    [InlineData("eval", "evaluate")]
    [InlineData("gen", null)]
    [InlineData("gene", "generate")]
    [InlineData("repotr", "report")]
    [InlineData("evn", "env")]
    [InlineData("deom", "demo")]
    [InlineData("serve", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void Of_commands(string typed, string? meant) => Assert.Equal(meant, NearestName.Of(typed, Commands));

    [Theory]
    [InlineData("gpu", null)]
    [InlineData("device", null)]
    [InlineData("a", null)]
    [InlineData("lerning_rate", "learning_rate")]
    [InlineData("--learning-rat", "learning_rate")]
    [InlineData("max_len", "max_length")]
    [InlineData("output", "output_dir")]
    [InlineData("outptu_dir", "output_dir")]
    [InlineData("ouput_dri", "output_dir")]
    [InlineData("evl_stesp", "eval_steps")]
    [InlineData("bta", "beta")]
    [InlineData("load_checkpoint", null)]
    [InlineData("wandb_project", null)]
    public void Of_keys(string typed, string? meant) => Assert.Equal(meant, NearestName.Of(typed, Keys));

    [Theory]
    [InlineData("gpu", "0", "--gpu is unknown; simper train --help lists the keys.")]
    [InlineData("lerning_rate", "1", "--lerning_rate is unknown; did you mean learning_rate?")]
    [InlineData("report-too", "all", "--report-too is unknown; did you mean report_to?")]
    [InlineData("fp16", "true", "--fp16: \"true\" is not supported")]
    [InlineData("lr", "1", "--lr is unknown; use learning_rate.")]
    [InlineData("dataset_mixer", "{\"a\": 0}", "--dataset_mixer: a: 0 is neither a share")]
    [InlineData("model_init_kwargs", "{\"x\": 1}", "--model_init_kwargs has x, ")]
    [InlineData("lr_scheduler_kwargs", "{\"x\": 1}", "--lr_scheduler_kwargs has x, ")]
    [InlineData("loss_weights", "1,2", "--loss_weights has 2 numbers")]
    [InlineData("seed", "x", "--seed is \"x\"")]
    public void A_flag_is_said_once(string key, string value, string expected)
    {
        string message = Assert.Throws<SimperException>(() => Recipe.Read(null, [(key, value)])).Message;
        Assert.StartsWith(expected, message, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(message, $@"(?<![\w]){key}(?![\w])"));
    }
}
