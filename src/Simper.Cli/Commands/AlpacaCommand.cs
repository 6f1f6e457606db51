using System.CommandLine;
using System.Globalization;
using Simper.Judging;
using Simper.Judging.AlpacaEval;
using Simper.Models;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper alpaca generate, annotate, score</summary>
internal static class AlpacaCommand
{
    public static Command Make(IAnsiConsole console) =>
        new("alpaca", "AlpacaEval 2: answer its instructions, have a judge compare the answers, score.")
        {
            Generate(console),
            Annotate(console),
            Score(console),
        };

    private static Command Generate(IAnsiConsole console)
    {
        var options = new ModelOptions();
        Option<string> instructions = Required(
            "--instructions",
            "Instructions: a file of answers to them, such as the baseline's."
        );
        Option<string> output = Required(
            "--output_file",
            "The answers, as the package's model_outputs.json; it grows, and is resumed."
        );
        var name = new Option<string?>("--name")
        {
            HelpName = "NAME",
            Description = "What to call the model. Default: its folder's name.",
        };
        var command = new Command("generate", "Answer the instructions with a local model.") { instructions, output, name };
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    string path = options.Path(parsed);
                    IReadOnlyList<AlpacaOutput> asked = AlpacaOutput.Read(parsed.GetValue(instructions)!);
                    using LanguageModel model = options.Load(parsed, path, cancel);
                    using (var status = new StatusLine(console, "answering"))
                        KeptAnswers.In(
                            parsed.GetValue(output)!,
                            file =>
                                new AlpacaGeneration(model, parsed.GetValue(name) ?? NameOf(path), options.Settings(parsed)).Run(
                                    asked,
                                    file,
                                    (done, all) => status.Show((double)done / all, $"{done} of {all} answers"),
                                    cancel
                                )
                        );
                    console.WriteLine($"the answers: {parsed.GetValue(output)}");
                    return 0;
                })
        );
        return command;
    }

    private static Command Annotate(IAnsiConsole console)
    {
        var endpoint = new EndpointOptions();
        Option<string> outputs = Required("--outputs", "The model's answers: model_outputs.json.");
        Option<string> baseline = Required("--baseline", "The baseline's answers, in the official order.");
        Option<string> folder = Required("--output_dir", "Annotations; what is there already is not asked for again.");
        var files = new ScoreFiles();
        var command = new Command("annotate", "Have a judge compare a model's answers with the baseline's, and score them.")
        {
            outputs,
            baseline,
            folder,
        };
        endpoint.AddTo(command);
        files.AddTo(command);
        command.SetAction(
            async (parsed, cancel) =>
            {
                using JudgeClient client = endpoint.Client(parsed);
                IReadOnlyList<AlpacaOutput> model = AlpacaOutput.Read(parsed.GetValue(outputs)!);
                IReadOnlyList<AlpacaOutput> other = AlpacaOutput.Read(parsed.GetValue(baseline)!);
                GamedBaselines? instructions = files.Instructions(parsed);
                AlpacaLeaderboard? leaderboard = files.Leaderboard(parsed);
                IReadOnlyList<AlpacaAnnotation> annotations;
                using (var status = new StatusLine(console, "judging"))
                    annotations = await KeptAnswers.In(
                        parsed.GetValue(folder)!,
                        kept =>
                            new AlpacaAnnotator(client).RunAsync(
                                model,
                                other,
                                kept,
                                (done, all) => status.Show((double)done / all, $"{done} of {all} judged"),
                                cancel
                            )
                    );
                Show(console, [AlpacaScore.Of(annotations, instructions)], leaderboard);
                console.WriteLine($"the annotations: {Path.Combine(parsed.GetValue(folder)!, "annotations.json")}");
                return 0;
            }
        );
        return command;
    }

    private static Command Score(IAnsiConsole console)
    {
        var annotations = new Argument<string[]>("annotations")
        {
            HelpName = "ANNOTATIONS",
            Description = "Files of annotations, one a model; recorded ones too.",
            Arity = ArgumentArity.OneOrMore,
        };
        var files = new ScoreFiles();
        var command = new Command("score", "Win rates of recorded annotations, raw and controlled for length.") { annotations };
        files.AddTo(command);
        command.SetAction(parsed =>
        {
            GamedBaselines? instructions = files.Instructions(parsed);
            AlpacaLeaderboard? leaderboard = files.Leaderboard(parsed);
            Show(
                console,
                [.. parsed.GetValue(annotations)!.Select(a => AlpacaScore.Of(AlpacaAnnotation.Read(a), instructions))],
                leaderboard
            );
            return 0;
        });
        return command;
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<AlpacaScore> scores, AlpacaLeaderboard? leaderboard)
    {
        Table table = LabOutput.Table(3, "figure", "model", "judge", "length-controlled", "win rate", "rows", "average\nlength");
        foreach (AlpacaScore score in scores)
            table.AddRow(
                Markup.Escape(score.Title),
                Markup.Escape(score.Model),
                Markup.Escape(score.Annotator),
                score.Controlled is { } controlled ? Rate(controlled.Rate, controlled.StandardError) : "–",
                Rate(score.WinRate.Rate, score.WinRate.StandardError),
                score.Missing == 0 ? Shown.Amount(score.Rows) : $"{score.Rows - score.Missing} of {score.Rows}",
                Shown.Amount(Math.Round(score.AverageLength))
            );
        console.WriteTable(table);
        console.WriteLine("Percentages against the baseline, with their standard errors.");
        foreach (AlpacaScore score in scores)
        foreach (string note in Notes(score, leaderboard))
            console.WriteLine(note);
    }

    private static IEnumerable<string> Notes(AlpacaScore score, AlpacaLeaderboard? leaderboard)
    {
        if (score.Note is not null)
            yield return $"{score.Model}: {score.Note}";
        if (score.Controlled is not { } controlled)
            yield break;
        bool isOfficial = controlled.Variant == LengthControlVariant.Official;
        if (!isOfficial)
            yield return $"{score.Model}: the length-controlled rate is {controlled.Variant.Name}, not the leaderboard's; that "
                + "needs df_gamed.csv of the data set tatsu-lab/alpaca_eval (--gamed).";
        if (!score.IsOfficial)
            yield return $"{score.Model}: judged by {score.Annotator}, so not comparable with the leaderboard of AlpacaEval 2.";
        else if (leaderboard is not null && isOfficial)
        {
            int place = leaderboard.PlaceOf(controlled.Rate, score.Model);
            string neighbours = string.Join(
                ", ",
                leaderboard
                    .Neighbours(controlled.Rate, score.Model)
                    .Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Model} {n.LengthControlled:0.0}"))
            );
            yield return $"{score.Model}: place {place} of {leaderboard.Rows.Count(r => r.Model != score.Model) + 1} by the "
                + $"length-controlled rate, beside {neighbours}.";
        }
    }

    private static string Rate(double rate, double error) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{rate:0.00} ± {(double.IsNaN(error) ? "–" : error.ToString("0.00", CultureInfo.InvariantCulture))}"
        );

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path));

    private static Option<string> Required(string name, string meaning) =>
        new(name)
        {
            HelpName = name.EndsWith("_dir", StringComparison.Ordinal) ? "DIR" : "FILE",
            Description = meaning,
            Required = true,
        };

    /// <summary>The files that scores need beside annotations.</summary>
    private sealed class ScoreFiles
    {
        private readonly Option<string?> _gamed = new("--gamed")
        {
            HelpName = "FILE",
            Description = "df_gamed.csv of the data set, for the official length-controlled rate.",
        };

        private readonly Option<string?> _difficulty = new("--difficulty")
        {
            HelpName = "FILE",
            Description = "instruction_difficulty.csv instead, for the variant without its other rows.",
        };

        private readonly Option<string?> _leaderboard = new("--leaderboard")
        {
            HelpName = "FILE",
            Description = "The published leaderboard as .csv, for a place on it.",
        };

        public void AddTo(Command command)
        {
            foreach (Option option in (Option[])[_gamed, _difficulty, _leaderboard])
                command.Options.Add(option);
        }

        public GamedBaselines? Instructions(ParseResult parsed) =>
            parsed.GetValue(_gamed) is { } gamed ? GamedBaselines.Read(gamed)
            : parsed.GetValue(_difficulty) is { } difficulty ? GamedBaselines.ReadDifficulties(difficulty)
            : null;

        public AlpacaLeaderboard? Leaderboard(ParseResult parsed) =>
            parsed.GetValue(_leaderboard) is { } path ? AlpacaLeaderboard.Read(path) : null;
    }
}
