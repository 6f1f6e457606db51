using System.CommandLine;
using Simper.Judging;
using Simper.Judging.MtBench;
using Simper.Models;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper mtbench generate, judge, score</summary>
internal static class MtBenchCommand
{
    public static Command Make(IAnsiConsole console) =>
        new("mtbench", "MT-Bench: answer its questions, have a judge rate or compare the answers, score.")
        {
            Generate(console),
            Judge(console),
            Score(console),
        };

    private static Command Generate(IAnsiConsole console)
    {
        var options = new ModelOptions(isFixed: true);
        Option<string> questions = Required("--questions", "FastChat's question.jsonl.");
        Option<string> output = Required("--output_file", "The answers, in FastChat's format; it grows, and is resumed.");
        var name = new Option<string?>("--name")
        {
            HelpName = "NAME",
            Description = "What to call the model. Default: its folder's name.",
        };
        var longest = new Option<int>("--max_new_tokens")
        {
            Description = "Longest answer of a turn, in tokens.",
            DefaultValueFactory = _ => 1024,
        };
        var command = new Command("generate", "Answer both turns of all questions, each category at its temperature.")
        {
            questions,
            output,
            name,
            longest,
        };
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    string path = options.Path(parsed);
                    IReadOnlyList<MtBenchQuestion> asked = MtBenchQuestion.Read(parsed.GetValue(questions)!);
                    using LanguageModel model = options.Load(parsed, path, cancel);
                    var answers = new MtBenchGeneration(
                        model,
                        parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path))
                    )
                    {
                        MaxNewTokens = parsed.GetValue(longest),
                    };
                    using (var status = new StatusLine(console, "answering"))
                        KeptAnswers.In(
                            parsed.GetValue(output)!,
                            file =>
                                answers.Run(
                                    asked,
                                    file,
                                    (done, all) => status.Show((double)done / all, $"{done} of {all} questions"),
                                    cancel
                                )
                        );
                    console.WriteLine($"the answers: {parsed.GetValue(output)}");
                    return 0;
                })
        );
        return command;
    }

    private static Command Judge(IAnsiConsole console)
    {
        var endpoint = new EndpointOptions();
        Option<string> questions = Required("--questions", "FastChat's question.jsonl.");
        Option<string> prompts = Required("--prompts", "FastChat's judge_prompts.jsonl.");
        Option<string> references = Required("--references", "Reference answers to reasoning, math and coding.");
        Option<string> answers = Required("--answers", "The answers to judge.");
        var against = new Option<string?>("--against")
        {
            HelpName = "FILE",
            Description = "Another model's answers, to compare with in both orders instead of rating one by one.",
        };
        Option<string> output = Required("--output_file", "The judgments, in FastChat's format; it grows, and is resumed.");
        var command = new Command("judge", "Have a judge rate answers, or compare two models'.")
        {
            questions,
            prompts,
            references,
            answers,
            against,
            output,
        };
        endpoint.AddTo(command);
        command.SetAction(
            async (parsed, cancel) =>
            {
                using JudgeClient client = endpoint.Client(parsed);
                IReadOnlyList<MtBenchQuestion> asked = MtBenchQuestion.Read(parsed.GetValue(questions)!);
                var judge = new MtBenchJudge(
                    client,
                    asked,
                    MtBenchPrompts.Read(parsed.GetValue(prompts)!),
                    MtBenchAnswer.Read(parsed.GetValue(references)!)
                );
                IReadOnlyList<MtBenchAnswer> given = MtBenchAnswer.Read(parsed.GetValue(answers)!);
                string file = parsed.GetValue(output)!;
                using (var status = new StatusLine(console, "judging"))
                {
                    void Progress(int done, int all) => status.Show((double)done / all, $"{done} of {all} judged");
                    if (parsed.GetValue(against) is { } other)
                        await KeptAnswers.In(
                            file,
                            kept => judge.CompareAsync(given, MtBenchAnswer.Read(other), kept, Progress, cancel)
                        );
                    else
                        await KeptAnswers.In(file, kept => judge.RateAsync(given, kept, Progress, cancel));
                }
                if (parsed.GetValue(against) is null)
                    Show(console, MtBenchScores.Of(MtBenchJudgment.Read(file), asked));
                else
                    Show(console, MtBenchPairScores.Read(file));
                return 0;
            }
        );
        return command;
    }

    private static Command Score(IAnsiConsole console)
    {
        var files = new Argument<string[]>("judgments")
        {
            HelpName = "JUDGMENTS",
            Description = "Files of single judgments; recorded ones too.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> questions = Required("--questions", "FastChat's question.jsonl, for the categories.");
        var page = new Option<string?>("--page")
        {
            HelpName = "FILE",
            Description = "A page (.html) with the scores as a picture.",
        };
        var command = new Command("score", "Scores by turn and category.") { files, questions, page };
        command.SetAction(parsed =>
        {
            IReadOnlyList<MtBenchScores> scores = MtBenchScores.Of(
                [.. parsed.GetValue(files)!.SelectMany(MtBenchJudgment.Read)],
                MtBenchQuestion.Read(parsed.GetValue(questions)!)
            );
            Show(console, scores);
            if (parsed.GetValue(page) is { } path)
            {
                MtBenchPage.Write(path, scores);
                console.WriteLine($"the page: {path}");
            }
            return 0;
        });
        return command;
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<MtBenchScores> scores)
    {
        string[] categories = [.. MtBenchQuestion.Categories.Where(c => scores.Any(s => s.Categories.ContainsKey(c)))];
        Table table = LabOutput.Table(3, ["figure", "model", "judge", "average", "turn 1", "turn 2", .. categories]);
        foreach (MtBenchScores score in scores)
            table.AddRow([
                Markup.Escape(score.Title),
                Markup.Escape(score.Model),
                Markup.Escape(score.Judge),
                Shown.Number(score.Average),
                $"{Shown.Number(score.Turns[0])}\nof {score.Counts[0]}",
                score.Turns.Count > 1 ? $"{Shown.Number(score.Turns[1])}\nof {score.Counts[1]}" : "–",
                .. categories.Select(c => Shown.Number(score.Categories.GetValueOrDefault(c, double.NaN))),
            ]);
        console.WriteTable(table);
        foreach (MtBenchScores score in scores.Where(s => s.Missing > 0))
            console.WriteLine($"{score.Model}: {score.Missing} judgments have no rating and are left out.");
        foreach (MtBenchScores score in scores.Where(s => s.Repeated > 0))
            console.WriteLine($"{score.Model}: {score.Repeated} answers were judged more than once; the last judgment counts.");
        if (scores.Any(s => s.Judge != MtBenchJudgment.UsualJudge))
            console.WriteLine("Ratings by another judge than gpt-4 are not comparable with published ones.");
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<MtBenchPairScores> scores)
    {
        Table table = LabOutput.Table(3, "judge", "second", "against first", "adjusted win rate", "wins / losses / ties");
        foreach (MtBenchPairScores score in scores)
            table.AddRow(
                Markup.Escape(score.Judge),
                Markup.Escape(score.Second),
                Markup.Escape(score.First),
                Shown.Percent(score.AdjustedWinRate),
                $"{score.Wins} / {score.Losses} / {score.Ties}"
            );
        console.WriteTable(table);
        foreach (MtBenchPairScores score in scores.Where(s => s.Errors > 0))
            console.WriteLine($"{score.Errors} comparisons have no verdict and are left out.");
    }

    private static Option<string> Required(string name, string meaning) =>
        new(name)
        {
            HelpName = "FILE",
            Description = meaning,
            Required = true,
        };
}
