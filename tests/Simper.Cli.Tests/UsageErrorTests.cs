using Simper.Cli.Tests.Commands;

namespace Simper.Cli.Tests;

/// <summary>Lines that cannot be read: one sentence, exit code 2, and a name only where one is near.</summary>
public sealed class UsageErrorTests
{
    [Theory]
    [InlineData("trian", "trian is no command of simper; did you mean train?")]
    [InlineData("Chat", "Chat is no command of simper; did you mean chat?")]
    [InlineData("quantise", "quantise is no command of simper; simper --help lists them.")]
    [InlineData("data shwo", "shwo is no command of simper data; did you mean show?")]
    [InlineData("lab 5", "5 is no command of simper lab; simper lab --help lists them.")]
    [InlineData("", "Which command? simper has demo, train, ")]
    [InlineData("data", "Which command? simper data has show, diff, doctor, generate; ")]
    [InlineData("--gpu", "--gpu is no option of simper; simper --help lists them.")]
    [InlineData("chat m --temprature 1", "--temprature is no option of simper chat; did you mean --temperature?")]
    [InlineData("chat m --gpu 1", "--gpu is no option of simper chat; simper chat --help lists them.")]
    [InlineData("generate m --promt x", "--promt is no option of simper generate; did you mean --prompt?")]
    [InlineData("chat m --seed", "--seed needs a value: seed of the samples.")]
    [InlineData("chat m --seed x", "--seed is \"x\"; it has to be a whole number.")]
    [InlineData("chat m --seed 1.5", "--seed is \"1.5\"; it has to be a whole number.")]
    [InlineData("chat m --top_p much", "--top_p is \"much\"; it has to be a number.")]
    [InlineData("chat m --seed 1 --seed 2", "--seed is given twice.")]
    [InlineData("generate m --raw maybe", "\"maybe\" is one word too many for simper generate; ")]
    [InlineData("generate --promt x", "--promt is no option of simper generate; did you mean --prompt?")]
    [InlineData("env now", "\"now\" is one word too many for simper env; ")]
    [InlineData("data show", "--model_name_or_path is missing; simper data show needs it: ")]
    [InlineData("data show --model_name_or_path m", "simper data show needs FILE: ")]
    [InlineData("data show f --model_name_or_path", "--model_name_or_path needs a value: ")]
    [InlineData("report", "simper report needs RUN: folders of finished runs.")]
    [InlineData("demo --max_steps many", "--max_steps is \"many\"; it has to be a whole number.")]
    [InlineData("lab gradients --pairs few", "--pairs is \"few\"; it has to be a whole number.")]
    [InlineData("lab gradients --objectivs x", "--objectivs is no option of simper lab gradients; did you mean --objectives?")]
    [InlineData("tune --pionts 3", "--pionts is no option of simper tune; did you mean --points?")]
    [InlineData("tune --points", "--points needs a value: how many rates. Default: 9.")]
    [InlineData("tune --points x", "--points is \"x\"; it has to be a whole number")]
    [InlineData("train --gpu 0", "--gpu is unknown; simper train --help lists the keys.")]
    [InlineData("train --lerning_rate 1", "--lerning_rate is unknown; did you mean learning_rate?")]
    [InlineData("train --learning_rate", "--learning_rate needs a value.")]
    [InlineData("train --learning_rate --seed 3", "--learning_rate needs a value.")]
    [InlineData("plan --model_name_or_path", "--model_name_or_path needs a value.")]
    [InlineData("evaluate --outptu_dir x", "--outptu_dir is unknown; did you mean output_dir?")]
    [InlineData("train --fp16 true", "--fp16: \"true\" is not supported")]
    public async Task Is_one_sentence(string line, string expected)
    {
        (int code, string output, string errors) = await Typed.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_text_that_begins_with_an_at_sign_names_no_file()
    {
        (int code, _, string errors) = await Typed.Run("generate", "nowhere", "--prompt", "@me");
        Assert.Equal(2, code);
        Assert.StartsWith("nowhere does not exist", errors, StringComparison.Ordinal);
    }
}
