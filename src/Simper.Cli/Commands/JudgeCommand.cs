using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Evaluation;
using Simper.Judging;
using Simper.Judging.Comparison;
using Simper.Models;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper judge</summary>
internal static class JudgeCommand
{
    public static Command Make(IAnsiConsole console)
    {
        Argument<string> first = Side(
            "first",
            "FIRST",
            "Answers of the first model: a file of prompts and answers, or a run's folder."
        );
        Argument<string> second = Side("second", "SECOND", "Those of the second, to the same prompts.");
        var prompts = new Option<string?>("--prompt_file")
        {
            HelpName = "FILE",
            Description = "Prompts (JSON lines); FIRST and SECOND are then models, which answer them first.",
        };
        var longest = new Option<int>("--max_new_tokens")
        {
            Description = "Longest of these answers, in tokens.",
            DefaultValueFactory = _ => 256,
        };
        var proxy = new Option<string?>("--proxy")
        {
            HelpName = "MODEL",
            Description = "Compare by the mean log-prob under this local model instead of asking a judge.",
        };
        var folder = new Option<string>("--output_dir")
        {
            HelpName = "DIR",
            Description = "Verdicts and the result; what is there already is not asked for again.",
            Required = true,
        };
        var endpoint = new EndpointOptions();
        var command = new Command(
            "judge",
            "Compare the answers of two models or runs: blind, in both orders, with an interval and the smallest "
                + "difference that so many prompts can show."
        )
        {
            first,
            second,
            proxy,
            prompts,
            longest,
            folder,
        };
        endpoint.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(async () =>
                {
                    string output = parsed.GetValue(folder)!;
                    string[] sides = [parsed.GetValue(first)!, parsed.GetValue(second)!];
                    if (parsed.GetValue(proxy) is null == !endpoint.IsGiven(parsed))
                        throw new SimperException("Who judges? Give --judge a model on a server, or --proxy a local model.");
                    string[] files = parsed.GetValue(prompts) is { } asked
                        ?
                        [
                            JudgedAnswers.Make(
                                console,
                                sides[0],
                                asked,
                                Path.Combine(output, "first.jsonl"),
                                parsed.GetValue(longest),
                                cancel
                            ),
                            JudgedAnswers.Make(
                                console,
                                sides[1],
                                asked,
                                Path.Combine(output, "second.jsonl"),
                                parsed.GetValue(longest),
                                cancel
                            ),
                        ]
                        : sides;
                    IReadOnlyList<AnswerPair> pairs = AnswerPair.Read(files[0], files[1]);
                    console.WriteLine(
                        $"{pairs.Count} prompts that both answered; before anything is judged, so many can show a win rate that "
                            + $"is {Shown.Points(DetectableDifference.OfShare(pairs.Count)).TrimStart('+')} from one half."
                    );
                    ComparisonResult result;
                    if (parsed.GetValue(proxy) is { } third)
                        result = ByProxy(console, third, pairs, cancel);
                    else
                        result = await ByJudgeAsync(console, endpoint, parsed, pairs, output, cancel);
                    Show(console, result, sides[0], sides[1]);
                    Write(Path.Combine(output, "result.json"), result, sides);
                    return 0;
                })
        );
        return command;
    }

    private static async Task<ComparisonResult> ByJudgeAsync(
        IAnsiConsole console,
        EndpointOptions endpoint,
        ParseResult parsed,
        IReadOnlyList<AnswerPair> pairs,
        string output,
        CancellationToken cancel
    )
    {
        using JudgeClient client = endpoint.Client(parsed);
        IReadOnlyList<PairVerdict> verdicts;
        using (var status = new StatusLine(console, "judging"))
            verdicts = await KeptAnswers.In(
                Path.Combine(output, "verdicts.jsonl"),
                file =>
                    new PairJudge(client).RunAsync(
                        pairs,
                        file,
                        (done, all) => status.Show((double)done / all, $"{done} of {all} pairs"),
                        cancel
                    )
            );
        if (verdicts.Count < pairs.Count)
            console.WriteLine($"{pairs.Count - verdicts.Count} pairs got no verdict and are left out.");
        return ComparisonResult.Of(client.Endpoint.Model, verdicts);
    }

    private static ComparisonResult ByProxy(
        IAnsiConsole console,
        string third,
        IReadOnlyList<AnswerPair> pairs,
        CancellationToken cancel
    )
    {
        using LanguageModel model = AnsweringModel.Open(third, cancel: cancel);
        var scores = new ProxyJudge(model).Score(pairs, cancel);
        if (scores.Count < pairs.Count)
            console.WriteLine($"{pairs.Count - scores.Count} pairs have an empty answer, or are too long, and are left out.");
        (ComparisonResult wins, PairedDifference difference) = ProxyJudge.Result(third, scores);
        console.WriteLine(
            $"mean log-prob under {third}, second less first: {Shown.Signed(difference.Mean)}, 95 % interval "
                + $"{Shown.Interval(difference.Interval, Shown.Signed)}; smallest to be seen "
                + $"{Shown.Detectable(difference, Shown.Signed)}"
        );
        console.WriteLine("It says which answers that model would sooner give, not which are better.");
        return wins;
    }

    private static void Show(IAnsiConsole console, ComparisonResult result, string first, string second)
    {
        Table table = LabOutput.Table(
            1,
            "judge",
            "win rate of\nthe second",
            "95 % interval",
            "wins / losses / ties",
            "sign test p",
            "smallest\nto be seen",
            "same in\nboth orders",
            "for what is\nshown first"
        );
        table.AddRow(
            Markup.Escape(result.Judge),
            Shown.Percent(result.WinRate),
            Shown.Interval(result.Interval, Shown.Percent),
            string.Create(CultureInfo.InvariantCulture, $"{result.Wins} / {result.Losses} / {result.Ties}"),
            Shown.PValue(result.PValue),
            Shown.Points(result.Detectable).TrimStart('+'),
            Shown.Percent(result.Consistency),
            Shown.Percent(result.FirstShown)
        );
        console.WriteTable(table);
        console.WriteLine(result.Sentence(first, second));
    }

    private static void Write(string path, ComparisonResult result, string[] sides)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
        File.WriteAllText(
            path,
            ReadableJson.Indented(
                new JsonObject
                {
                    ["first"] = sides[0],
                    ["second"] = sides[1],
                    ["judge"] = result.Judge,
                    ["prompts"] = result.Prompts,
                    ["win_rate"] = result.WinRate,
                    ["win_rate_interval"] = new JsonArray(result.Interval.Low, result.Interval.High),
                    ["wins"] = result.Wins,
                    ["losses"] = result.Losses,
                    ["ties"] = result.Ties,
                    ["sign_test_p"] = result.PValue,
                    ["smallest_to_be_seen"] = Number(result.Detectable),
                    ["same_in_both_orders"] = Number(result.Consistency),
                    ["for_what_is_shown_first"] = Number(result.FirstShown),
                }
            )
        );
    }

    private static Argument<string> Side(string name, string shown, string meaning) =>
        new(name) { HelpName = shown, Description = meaning };
}
