using System.Text;
using Simper.Runs;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs;

/// <summary>Secrets that a recipe or the environment holds get into no file of a run.</summary>
public sealed class RunSecretsTests : IDisposable
{
    private const string Planted = "PLANTED-9f3b";
    private const string Variable = "SIMPER_TEST_RUN_HF_TOKEN";

    private static readonly string Hub = "hf_" + new string('c', 34);

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        _folder.Dispose();
    }

    [Fact]
    public void No_file_of_a_run_holds_a_secret()
    {
        Environment.SetEnvironmentVariable(Variable, Planted + "-environment");
        Recipe recipe = DemoRecipe.In(_folder, rows: 6) with
        {
            SaveSteps = 1,
            Samples = 1,
            SampleTokens = 2,
            ChatTemplateKwargs =
                $$"""{"api_key":"{{Planted}}-key","url":"""
                + $$""" "https://me:{{Planted}}-pw@host/?token={{Planted}}","seen":"{{Hub}}","thinking":false}""",
            CacheDir = _folder[$"cache {Planted}-environment"],
        };
        foreach (RunEvent happened in new TrainingRun(recipe).Events())
        {
            if (happened is RunEvent.Message message)
                Assert.DoesNotContain(Planted, Secrets.Masked(message.Text), StringComparison.Ordinal);
        }
        string[] files = Directory.GetFiles(_folder["run"], "*", SearchOption.AllDirectories);
        Assert.Contains(_folder["run/receipt.json"], files);
        Assert.Contains(_folder["run/checkpoint-1/position.json"], files);
        Assert.Contains(_folder["run/report.html"], files);
        byte[][] secrets = [Encoding.UTF8.GetBytes(Planted), Encoding.UTF8.GetBytes(Hub)];
        foreach (string file in files)
        {
            byte[] content = File.ReadAllBytes(file);
            Assert.All(secrets, s => Assert.True(content.AsSpan().IndexOf(s) < 0, file));
        }
        Assert.Contains("\"thinking\":false", File.ReadAllText(_folder["run/recipe.yaml"]), StringComparison.Ordinal);
        Assert.Contains(
            "the receipt has chat_template_kwargs without the secret in it",
            Assert
                .Throws<SimperException>(() =>
                    new Simper.Runs.Receipts.ReceiptCheck(_folder["run"]) { Steps = 0 }
                        .Findings()
                        .ToList()
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.All(
            new Simper.Runs.Receipts.ReceiptCheck(_folder["run"])
            {
                Moved = [("chat_template_kwargs", recipe.ChatTemplateKwargs!)],
            }.Findings(),
            f => Assert.Equal(Simper.Runs.Receipts.ReceiptVerdict.Same, f.Verdict)
        );
    }

    [Fact]
    public void Keys_of_other_tools_that_hold_tokens_get_nowhere()
    {
        File.WriteAllText(
            _folder["recipe.yaml"],
            $"hub_token: {Planted}\npush_to_hub: false\nreport_to: none\nlearning_rate: 1e-5\n"
        );
        var notes = new List<string>();
        string said;
        try
        {
            said = Recipe.Read(_folder["recipe.yaml"], [], notes).ToYaml();
        }
        catch (SimperException e)
        {
            said = e.Message;
        }
        Assert.DoesNotContain(Planted, said + string.Concat(notes), StringComparison.Ordinal);
    }
}
