using System.CommandLine;
using System.Globalization;
using Simper.Judging.OnPolicy;
using Simper.Runs;
using Simper.Serving;
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
    private readonly Option<int> _answers = new("--answers")
    {
        HelpName = "N",
        Description = "Answers to each prompt.",
        DefaultValueFactory = _ => new AnswerSampling().Answers,
    };
    private readonly Option<int?> _limit = new("--limit") { HelpName = "N", Description = "The first N prompts only." };
    private readonly Option<int> _sequences = new("--max_sequences")
    {
        Description = "Answers that are computed at once: memory and speed only.",
        DefaultValueFactory = _ => new EngineSettings().MaxSequences,
    };
    private readonly Option<string?> _cache = new("--cache_memory")
    {
        HelpName = "SIZE",
        Description = "Memory of the key-value cache, as 1GB.",
    };
    private readonly ModelOptions _model = new();
    private readonly PairOptions _pairs = new();

    private DataGenerateCommand()
    {
        AnswerSampling usual = new();
        _model.Temperature.DefaultValueFactory = _ => usual.Tokens.Temperature;
        _model.TopP.DefaultValueFactory = _ => usual.Tokens.TopP;
        _model.MaxNewTokens.DefaultValueFactory = _ => usual.Tokens.MaxNewTokens;
    }

    public static Command Make(IAnsiConsole console)
    {
        var generate = new DataGenerateCommand();
        var command = new Command(
            "generate",
            "Make pairs of a model's own answers: several to each prompt, scored by a rule; the best against the worst."
        )
        {
            generate._file,
            generate._output,
            generate._answers,
            generate._limit,
        };
        generate._pairs.AddTo(command);
        generate._model.AddOptionsTo(command);
        command.Options.Add(generate._sequences);
        command.Options.Add(generate._cache);
        command.SetAction((parsed, cancel) => Task.Run(() => generate.RunAsync(console, parsed, cancel)));
        return command;
    }

    private async Task<int> RunAsync(IAnsiConsole console, ParseResult parsed, CancellationToken cancel)
    {
        string output = parsed.GetValue(_output)!;
        var sampling = new AnswerSampling { Answers = parsed.GetValue(_answers), Tokens = _model.Settings(parsed) };
        sampling.Validate();
        IReadOnlyList<WeightedScorer> scorers = _pairs.Scorers(parsed);
        PairSettings settings = _pairs.Settings(parsed, sampling.Tokens.Seed);
        int? limit = parsed.GetValue(_limit);
        if (limit < 1)
            throw new SimperException($"--limit is {limit}; it has to be 1 or more.");
        PairGeneration.ExpectNew(output);
        EngineSettings engine = Engine(parsed);
        string path = _model.Path(parsed);
        PromptDataset prompts = PromptDataset.Open(
            parsed.GetValue(_file)!,
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
        using var model = new ServedModel(path, _model.Load(parsed, path, cancel));
        await using var source = new EngineAnswers(model, sampling, engine, cancel);
        var generation = new PairGeneration(prompts, source, sampling, scorers, settings);
        using var display = new PairProgressDisplay(console);
        PairCounts counts = await KeptAnswers.In(
            PairGeneration.KeptPath(output),
            _ => generation.RunAsync(output, display.Show, cancel)
        );
        display.Dispose();
        Tell(console, counts, output);
        return 0;
    }

    private EngineSettings Engine(ParseResult parsed)
    {
        var settings = new EngineSettings { MaxSequences = parsed.GetValue(_sequences) };
        settings.Validate();
        return parsed.GetValue(_cache) is { } memory
            ? settings with
            {
                CacheBytes = RecipeValue.OfOption("cache_memory", memory).BytesOrNull() ?? settings.CacheBytes,
            }
            : settings;
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
        if (counts.Unscored > 0)
            console.WriteLine(
                $"{counts.Unscored:N0} answers got no score and are left out ({counts.InvalidReplies:N0} replies held no verdict)"
            );
        if (counts.WithoutPairs.Count > 0)
            console.WriteLine($"prompts without a pair: {string.Join(", ", counts.WithoutPairs)}");
        console.WriteLine($"{counts.Rows:N0} rows of {counts.PromptsWithPairs:N0} prompts: {output}");
        console.WriteLine($"what they were made of: {PairGeneration.ProvenancePath(output)}");
    }
}
