using System.Text.Json.Nodes;
using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Golden;

/// <summary>
/// Ten steps of TRL's own trainers on a tiny model, redone: losses of every micro-batch, rewards and log-probs as they are
/// logged, gradient norms per tensor and final weights. Runs over every run in the folder of reference files. Tolerances as their
/// README advises: ten times what another attention kernel changes there, and never less than 2e-6 of losses and log-probs, 1e-5
/// of gradient norms.
/// </summary>
public class TrlTests(ITestOutputHelper output)
{
    // Loss, rate and norm are compared apart; kl, nll_loss and log-odds are TRL's own names.
    private static readonly string[] Compared = ["rewards/", "logps/", "kl", "nll_loss", "log_odds"];

    public static TheoryData<string> Files => SharedFiles.Rows(() => TrlRun.Files);

    [Theory]
    [MemberData(nameof(Files))]
    public void Ten_steps_are_trl_s(string file)
    {
        var run = new TrlRun(file);
        var tolerance = Tolerance.Of(file);
        bool isExact = file.Contains("float64", StringComparison.Ordinal);
        using LanguageModel policy = run.Model(isExact ? Precision.Float64 : Precision.Float32);
        using LanguageModel frozen = run.Model(isExact ? Precision.Float64 : Precision.Float32);
        IReadOnlyList<TokenizedGroup> groups = run.Groups(policy);
        Simper.Training.Reference? reference = run.Reference(policy, frozen, groups);
        if (run.Json["before"]?["eval_loss"] is { } before)
            tolerance.Loss((double)before, EvaluationLoss(run, policy, groups, reference), "loss before");

        foreach (StepReport step in run.MakeTrainer(policy, groups, reference).Steps())
            Judge(run, step, policy, tolerance);
        foreach ((string name, JsonNode? expected) in run.Json["parameters"]!.AsObject())
        {
            using Tensor weights = Weights(policy).Single(p => p.Name == Plain(name)).Tensor();
            using Tensor wide = weights.to(ScalarType.Float64);
            using Tensor norm = wide.norm();
            tolerance.Weights((double)expected!["l2"]!, norm.item<double>(), name);
        }
        output.WriteLine(tolerance.ToString());
    }

    private static IEnumerable<(string Name, Func<Tensor> Tensor)> Weights(LanguageModel policy) =>
        policy.Adapter?.Published((weight, first, rows) => weight.Values(first, rows)) ?? policy.Published();

    // PEFT's files leave out the adapter's name.
    private static string Plain(string name) => name.Replace(".default.", ".", StringComparison.Ordinal);

    // TRL's evaluation: the mean over rows of their micro-batch's loss.
    private static double EvaluationLoss(
        TrlRun run,
        LanguageModel policy,
        IReadOnlyList<TokenizedGroup> groups,
        Simper.Training.Reference? reference
    )
    {
        int size = (int)run.Number("per_device_eval_batch_size");
        PreferenceMetrics metrics = PreferenceEvaluation.Run(policy, groups, run.Objective, reference, size);
        return metrics.Outcomes.Chunk(size).Sum(m => m.Length * m.Sum(o => o.Loss) / m.Sum(o => o.Weight)) / metrics.Pairs;
    }

    private static void Judge(TrlRun run, StepReport step, LanguageModel policy, Tolerance tolerance)
    {
        JsonNode expected = run.Json["steps"]![step.Number - 1]!;
        JsonNode logged = expected["logged"] ?? expected;
        string at = $"of step {step.Number}";
        PairOutcome[][] micro = Split(step.Metrics.Outcomes, expected["rows"]);
        bool sumsMicroBatches = run.Trainer == "SFTTrainer"; // a token mean over the whole step
        for (int i = 0; expected["micro_loss"] is JsonArray losses && i < losses.Count; i++)
        {
            double weight = sumsMicroBatches ? step.Metrics.Outcomes.Sum(o => o.Weight) : micro[i].Sum(o => o.Weight);
            tolerance.Loss((double)losses[i]!, micro[i].Sum(o => o.Loss) / weight, $"loss of micro-batch {i} {at}");
        }
        if (run.RoundingOfLoss > 0)
            GoldenFile.Close((double)logged["loss"]!, step.Loss, run.RoundingOfLoss, $"loss {at}");
        else
            tolerance.Loss((double)logged["loss"]!, Logged(step)["loss"], $"loss {at}");
        tolerance.Norm((double)logged["grad_norm"]!, step.GradientNorm, $"gradient norm {at}");
        // The authors' transformers logs the rate of the step to come.
        if (run.Mode != Compatibility.SimPerReference)
            GoldenFile.Close((double)logged["learning_rate"]!, step.LearningRate, 1e-11, $"learning rate {at}");
        foreach ((string name, JsonNode? norm) in expected["gradient_norms"]!.AsObject())
            tolerance.Norm((double)norm!, GoldenFile.Gradient(policy, Plain(name)).L2, $"‖{name}‖ {at}");
        foreach (
            (string name, double value) in Logged(step)
                .Where(f => Compared.Any(prefix => f.Key.StartsWith(prefix, StringComparison.Ordinal)))
        )
        {
            // The distance is a difference of sums as large as these, so their rounding is its rounding.
            double scale = name == "kl" ? Math.Abs((double)(logged["logps/chosen"] ?? logged["logps/rejected"])!) : 1;
            if (logged[name] is { } figure && (name != "rewards/accuracies" || !HasTies(step.Metrics)))
                tolerance.LogProb((double)figure / scale, value / scale, $"{name} {at}");
        }
        JudgeAnswers(expected, step.Metrics.Outcomes, tolerance, at);
    }

    // Where policy and reference are one, TRL's rewards are 0 to the bit, since both see the same batch; ours come from passes of
    // other sizes, and a sign of rounding is no win.
    private static bool HasTies(PreferenceMetrics metrics) => metrics.Outcomes.Any(o => Math.Abs(o.Margin) < 1e-5);

    // What a run writes into metrics.jsonl.
    private static Dictionary<string, double> Logged(StepReport step)
    {
        var window = new MetricsWindow();
        window.Add(step);
        return window.Named();
    }

    /// <summary>
    /// The whole way, from a recipe to the file: KTO, whose micro-batches have few answers of a kind, and CPO with a short last
    /// micro-batch.
    /// </summary>
    [Theory]
    [InlineData("kto.json", "unpaired.jsonl", "kto", "trl")]
    [InlineData("cpo_uneven.json", "pairs.jsonl", "cpo", "trl-cpo")]
    public void The_file_of_metrics_has_trl_s_figures(string file, string data, string lossType, string mode)
    {
        var run = new TrlRun(file);
        using var folder = new TemporaryFolder();
        Recipe recipe = Recipe.Read(
            null,
            [
                ("model_name_or_path", SharedFiles.Path("data", "stories260K-hf")),
                ("dataset_name", Rows(run, SharedFiles.Path("golden", "trl", data), folder["rows.jsonl"])),
                ("test_split_size", "0"),
                ("loss_type", lossType),
                ("compatibility", mode),
                ("dtype", "float32"),
                ("train_sampling_strategy", "sequential"),
                ("output_dir", folder["run"]),
                .. (
                    (string[])
                        [
                            "beta",
                            "learning_rate",
                            "lr_scheduler_type",
                            "warmup_steps",
                            "per_device_train_batch_size",
                            "gradient_accumulation_steps",
                            "max_steps",
                            "max_grad_norm",
                            "weight_decay",
                            "max_length",
                        ]
                ).Select(key => (key, run.Setting(key))),
            ]
        );
        Assert.IsType<RunEvent.Finished>(new TrainingRun(recipe).Events(TestContext.Current.CancellationToken).Last());
        JsonNode[] lines = [.. File.ReadLines(folder["run/metrics.jsonl"]).Select(l => JsonNode.Parse(l)!)];
        Assert.Equal(10, lines.Length);
        foreach (JsonNode line in lines)
        {
            JsonObject logged = run.Json["steps"]![(int)line["step"]! - 1]!["logged"]!.AsObject();
            foreach (
                (string name, JsonNode? figure) in logged.Where(f =>
                    f.Key is "loss" or "grad_norm" or "learning_rate" or "kl"
                    || f.Key.StartsWith("rewards/", StringComparison.Ordinal)
                    || f.Key.StartsWith("logps/", StringComparison.Ordinal)
                )
            )
                GoldenFile.Close(
                    (double)figure!,
                    (double)line[name]!,
                    3e-5 * Math.Max(1, Math.Abs((double)figure!)),
                    $"{name} of step {line["step"]}"
                );
        }
    }

    // The rows that the run saw.
    private static string Rows(TrlRun run, string from, string to)
    {
        IEnumerable<string> lines = File.ReadLines(from);
        File.WriteAllLines(to, run.Json["rows_used"] is JsonArray used ? lines.Take(used.Count) : lines);
        return to;
    }

    private static PairOutcome[][] Split(IReadOnlyList<PairOutcome> outcomes, JsonNode? rows)
    {
        if (rows is null)
            return
            [
                [.. outcomes],
            ];
        var split = new List<PairOutcome[]>();
        foreach (JsonNode? batch in rows.AsArray())
        {
            int[] expected = batch!.Ids();
            PairOutcome[] own = [.. outcomes.Skip(split.Sum(s => s.Length)).Take(expected.Length)];
            Assert.Equal(expected, own.Select(o => o.Row));
            split.Add(own);
        }
        return [.. split];
    }

    private static void JudgeAnswers(JsonNode expected, IReadOnlyList<PairOutcome> outcomes, Tolerance tolerance, string at)
    {
        foreach (JsonNode? sequence in expected["first"]?["sequences"]?.AsArray() ?? [])
        {
            PairOutcome outcome = outcomes.First(o => o.Row == (int)sequence!["row"]!);
            bool isRejected = (string?)sequence!["side"] is "rejected" or "undesirable";
            double sum = isRejected ? outcome.RejectedSum : outcome.ChosenSum;
            double seen = isRejected ? outcome.RejectedSeen : outcome.ChosenSeen;
            if (outcome.ChosenTokens == 0 && !isRejected)
                continue;
            // the whole sequence is learned
            double prompt = sequence["prompt_logps"] is null && sequence["scored"]![1]!.GetValue<int>() == 1 ? double.NaN : 0;
            if (!double.IsNaN(prompt))
                tolerance.LogProb((double)sequence["sum_logp"]!, sum, $"Σ log p of row {outcome.Row} {at}");
            if (sequence["trl_logp"] is { } what && Math.Abs((double)what - (double)sequence["sum_logp"]!) > 1e-3)
                tolerance.LogProb(
                    (double)what,
                    expectedMean(what, sequence, seen, isRejected ? outcome.RejectedMean : outcome.ChosenMean),
                    $"what the loss sees of row {outcome.Row} {at}"
                );
        }
        foreach (JsonNode? pair in expected["pairs"]?.AsArray() ?? [])
        {
            PairOutcome outcome = outcomes.First(o => o.Row == (int)pair!["row"]!);
            tolerance.Loss((double)pair!["loss"]!, outcome.Loss, $"loss of row {outcome.Row} {at}");
            tolerance.LogProb((double)pair["chosen_sum_logp"]!, outcome.ChosenSum, $"chosen sum of row {outcome.Row} {at}");
            tolerance.LogProb((double)pair["rejected_sum_logp"]!, outcome.RejectedSum, $"rejected sum of row {outcome.Row} {at}");
        }

        static double expectedMean(JsonNode what, JsonNode sequence, double seen, double mean) =>
            Math.Abs((double)what - mean) < Math.Abs((double)what - seen) ? mean : seen;
    }

    /// <summary>What may differ, and how much did.</summary>
    private sealed class Tolerance(bool isExact, double loss, double norm, double logProb, double weights)
    {
        private readonly Dictionary<string, double> _largest = [];

        public static Tolerance Of(string file)
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (name.Contains("float64", StringComparison.Ordinal))
                return new Tolerance(true, 1e-12, 1e-10, 1e-11, 1e-12);
            JsonNode? other = GoldenFile.Read("golden", "trl", "checks.json")["another_attention_kernel"]![name];
            double Of(string key, double least) => Math.Max(least, 10 * ((double?)other?[key] ?? 0));
            return new Tolerance(false, Of("loss", 2e-6), Of("grad_norm", 1e-5), Of("sum_logp", 2e-6), Of("parameter_l2", 1e-6));
        }

        public void Loss(double expected, double actual, string what) => Close("loss", expected, actual, loss, what);

        public void Norm(double expected, double actual, string what) => Close("gradient norm", expected, actual, norm, what);

        public void LogProb(double expected, double actual, string what) => Close("log-prob", expected, actual, logProb, what);

        public void Weights(double expected, double actual, string what) => Close("weights", expected, actual, weights, what);

        // Relative above 1, else absolute. The files of float32 runs have nine digits.
        private void Close(string kind, double expected, double actual, double tolerance, string what)
        {
            double scale = Math.Max(1, Math.Abs(expected));
            double off = Math.Abs(expected - actual) / scale;
            _largest[kind] = Math.Max(_largest.GetValueOrDefault(kind), off);
            GoldenFile.Close(expected, actual, scale * (tolerance + (isExact ? 0 : 1e-9)), what);
        }

        public override string ToString() => string.Join(", ", _largest.Select(l => $"{l.Key} {l.Value:E1}"));
    }
}
