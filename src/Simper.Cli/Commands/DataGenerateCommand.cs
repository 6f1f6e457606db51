using System.CommandLine;
using System.Globalization;
using Simper.Judging;
using Simper.Judging.OnPolicy;
using Simper.Text.Preferences;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper data generate</summary>
internal sealed class DataGenerateCommand
{
    private readonly Argument<string> _file = new("file")
    {
        HelpName = "FILE",
        Description = "Prompts: any data file that is read; answers in it are passed over.",
    };
    private readonly Option<string> _output = new("--output_file")
    {
        HelpName = "PATH",
        Description = "The pairs, as JSON lines; beside them PATH.provenance.json. Stopped, the same command goes on.",
        Required = true,
    };
    private readonly Option<int?> _limit = new("--limit") { HelpName = "N", Description = "The first N prompts only." };
    private readonly ColumnMapOption _columns = new(
        "As in a recipe: NAME=COLUMN, as prompt=problem, for columns that go by other names."
    );
    private readonly AnswerSourceOptions _source = new();
    private readonly PairOptions _pairs = new();
    private readonly EndpointOptions _judge = new();

    private DataGenerateCommand() { }

    public static Command Make(IAnsiConsole console)
    {
        var generate = new DataGenerateCommand();
        var command = new Command(
            "generate",
            "Make pairs of a model's own answers: several to each prompt, scored by rules or a judge; the best against the worst."
        )
        {
            generate._file,
            generate._output,
            generate._limit,
        };
        generate._columns.AddTo(command);
        generate._pairs.AddTo(command);
        generate._source.AddTo(command);
        generate._judge.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() => generate.RunAsync(console, parsed, cancel)));
        return command;
    }

    private async Task<int> RunAsync(IAnsiConsole console, ParseResult parsed, CancellationToken cancel)
    {
        string output = parsed.GetValue(_output)!;
        AnswerSampling sampling = _source.Sampling(parsed);
        using JudgeClient? judge = _judge.IsGiven(parsed) ? _judge.Client(parsed) : null;
        IReadOnlyList<WeightedScorer> scorers = _pairs.Scorers(parsed, judge);
        PairSettings settings = _pairs.Settings(parsed, sampling.Tokens.Seed);
        PairGeneration.ExpectNew(output);
        _source.Expect(parsed, _judge);
        PromptDataset prompts = Prompts(console, parsed, scorers, cancel);
        (IAnswerSource source, IReadOnlyList<IDisposable> owned) = _source.Open(parsed, sampling, _judge, cancel);
        try
        {
            var generation = new PairGeneration(prompts, source, sampling, scorers, settings);
            PairCounts counts;
            using (var display = new PairProgressDisplay(console))
                counts = await KeptAnswers.In(
                    PairGeneration.KeptPath(output),
                    _ => generation.RunAsync(output, display.Show, cancel)
                );
            Tell(console, counts, output);
            return 0;
        }
        finally
        {
            if (source is IAsyncDisposable engine)
                await engine.DisposeAsync(); // before the model that it computes with
            foreach (IDisposable behind in owned)
                behind.Dispose();
        }
    }

    private PromptDataset Prompts(
        IAnsiConsole console,
        ParseResult parsed,
        IReadOnlyList<WeightedScorer> scorers,
        CancellationToken cancel
    )
    {
        int? limit = parsed.GetValue(_limit);
        if (limit < 1)
            throw new SimperException($"--limit is {limit}; it has to be 1 or more.");
        PromptDataset prompts = PromptDataset.Open(
            parsed.GetValue(_file)!,
            new DatasetOptions { Columns = _columns.Of(parsed) },
            limit,
            prompt =>
            {
                foreach (WeightedScorer scorer in scorers)
                    scorer.Scorer.Expect(prompt);
            },
            cancel
        );
        console.WriteLine(
            $"{prompts.Path}: {prompts.Count:N0} prompts"
                + (prompts.Dropped.Count > 0 ? $"; {prompts.Dropped.Count:N0} rows have none" : "")
        );
        return prompts;
    }

    private static void Tell(IAnsiConsole console, PairCounts counts, string output)
    {
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{counts.Answers:N0} answers to {counts.Prompts:N0} prompts: {counts.Cut:N0} cut at their limit, "
                    + $"{counts.Empty:N0} empty, {counts.Duplicates:N0} sampled before; mean score {counts.MeanScore:0.####}"
            )
        );
        if (counts.InvalidReplies > 0)
            console.WriteLine(
                $"{counts.InvalidReplies:N0} replies of the judge held no verdict; {counts.Unscored:N0} answers got no score and "
                    + "are left out"
            );
        if (counts.WithoutPairs.Count > 0)
            console.WriteLine($"prompts without a pair: {string.Join(", ", counts.WithoutPairs)}");
        console.WriteLine($"{counts.Rows:N0} rows of {counts.PromptsWithPairs:N0} prompts: {output}");
        console.WriteLine($"what they were made of: {PairGeneration.ProvenancePath(output)}");
    }
}
