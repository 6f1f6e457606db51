using System.Globalization;
using Simper.Evaluation;
using Simper.Models;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>What a run says before it trains: its data, its model, and what is odd about them or the recipe.</summary>
public static class RunPreface
{
    private static readonly TimeSpan LongStart = TimeSpan.FromSeconds(20);

    /// <summary>The lines. They read data and model lazily: what takes long is announced before it starts.</summary>
    internal static IEnumerable<string> Lines(RunSetup setup)
    {
        Recipe recipe = setup.Recipe;
        PreferenceDataset rows = setup.Rows.Train;
        yield return $"{rows.Path}: {rows.Rows:N0} rows of the layout {rows.Layout}";
        yield return $"{recipe.ModelNameOrPath}: {setup.Policy.ParameterCount / 1e6:N1} M parameters, {setup.Policy.Precision}, "
            + $"{TorchSharp.torch.get_num_threads()} threads";
        if (setup.Policy.Adapter is { } adapter)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"adapter: {adapter.ParameterCount / 1e6:N1} M parameters train, over {BaseBytes(setup) / 1e6:N0} MB of weights "
                    + $"that stay as they are"
            );
        if (setup.Policy.Warning is { } warning)
            yield return warning;
        if (RunState.Of(recipe.ModelNameOrPath)?.Note(recipe.ModelNameOrPath) is { } note)
            yield return note;
        if (setup.Policy.Shape.NeedsOwnPrompts)
            yield return "its rotations depend on the length of the whole sequence (rope scaling dynamic or longrope): each "
                + "answer is computed with its own copy of its prompt";
        foreach (string line in setup.TrainTokens.Report())
            yield return "train: " + line;
        foreach (string line in setup.HeldOutTokens?.Report() ?? [])
            yield return "held out: " + line;
        if (recipe.CacheDir is null && setup.DataTime > LongStart)
            yield return $"the data took {Said(setup.DataTime.TotalSeconds)}; with cache_dir: FOLDER the next start finds it "
                + "there";
        if (setup.Policy.Adapter is not null && setup.TrainTokens.Count > 0)
            yield return Estimate(setup);
        IReadOnlyList<TokenizedGroup>? heldOut = setup.HeldOut;
        if (setup.Objective.OneClass(setup.Train) is { } oneClass)
            yield return oneClass;
        if (recipe.Shuffle && !setup.Shuffles)
            yield return $"loss_type {setup.Objective.Name}: rows keep one order in all epochs, since its estimate is made from "
                + "neighbours";
        if (heldOut is { Count: < PairedDifference.FewestToJudge })
            yield return $"held out: {TooFew(heldOut.Count)}";
        if (setup.LedgerTrain is { Count: > 0 } recorded)
            yield return heldOut is null
                ? "ledger_train_rows has no effect: training pairs are scored where held-out ones are evaluated, and nothing is "
                    + "held out"
                : $"ledger: {recorded.Count:N0} of {setup.Train.Count:N0} training rows are scored at each evaluation too, a "
                    + "forward pass for each";
        if (setup.Rates.Note() is { } rates)
            yield return rates;
    }

    private static long BaseBytes(RunSetup setup) => setup.Policy.WeightBytes - setup.Policy.Adapter!.Weights.Sum(w => w.Bytes);

    // Large models train slowly, and the first step tells only after a while.
    private static string Estimate(RunSetup setup)
    {
        LanguageModel model = setup.Policy;
        TokenizedGroup[] some = [.. setup.Train.Take(1000)];
        double needed = some.Average(g => Operations.Needed(g, model.Shape, model.ParameterCount, model.TrainedCount));
        PrecisionProbe probe = PrecisionProbe.Measure(model.Shape.Width);
        double speed =
            1e9
            * (model.Precision == Precision.BFloat16 ? probe.BFloat16 : probe.Float32)
            * TorchSharp.torch.get_num_threads()
            * UsualShare;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"a pair needs {needed / 1e12:G2} TFLOP: about {Said(1000 * needed / speed)} for a thousand pairs on this machine, "
                + $"estimated (simper plan measures it)"
        );
    }

    private static string Said(double seconds) =>
        seconds > 7200 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:N0} hours")
        : seconds > 120 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:N0} minutes")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:N0} seconds");

    private const double UsualShare = 0.65; // of the products' speed, in a whole step; docs/performance.md

    /// <summary>The warning about too few held-out pairs for a verdict.</summary>
    public static string TooFew(int pairs) =>
        $"{pairs} {(pairs == 1 ? "row is" : "rows are")} too few for a verdict ({PairedDifference.FewestToJudge} at "
        + "least): what changes may be chance; hold out more (test_split_size, or eval_dataset_name)";
}
