using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Objectives;
using Simper.Reports;
using Simper.Runs.Resuming;

namespace Simper.Runs.Receipts;

/// <summary>
/// Checks a run against its receipt: hashes of everything it was made of and of the model it left, and its first steps, or all,
/// made again in memory. Nothing is written. What was computed by another program, processor or number of threads is compared
/// within <see cref="ReplayTolerance"/>, all else bit for bit.
/// </summary>
/// <param name="run">The run's folder.</param>
public sealed class ReceiptCheck(string run)
{
    /// <summary>How many steps are made again, at most those that are traced; null for all of these, 0 for none.</summary>
    public int? Steps { get; init; }

    /// <summary>Whether the whole run is made again, and the last weights compared.</summary>
    public bool All { get; init; }

    /// <summary>Keys of the recipe that are others here, since files were moved: <see cref="MovableKeys"/>.</summary>
    public IReadOnlyList<(string Key, string Value)> Moved { get; init; } = [];

    /// <summary>The objectives that the recipe may name; Simper's own when not given.</summary>
    public ObjectiveCatalog? Catalog { get; init; }

    /// <summary>The keys that may be given anew.</summary>
    public static IReadOnlyList<string> MovableKeys { get; } =
    [
        "model_name_or_path",
        "base_model_name_or_path",
        "dataset_name",
        "eval_dataset_name",
        "chat_template_path",
        "chat_template_kwargs",
    ];

    /// <summary>Compares, one thing after the other: files first, then rows and weights, then steps.</summary>
    /// <exception cref="SimperException">There is no receipt, or what the recipe names is not there, or more steps are asked for
    /// than were traced.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<ReceiptFinding> Findings(CancellationToken cancel = default)
    {
        RunReceipt receipt = RunReceipt.Read(run);
        int steps = StepsOf(receipt);
        Recipe recipe = RecipeOf(receipt);
        ExpectThere(recipe);
        foreach (ReceiptFinding finding in OfFolder(receipt, cancel))
            yield return finding;
        string[] others = [.. Others(receipt)];
        yield return others.Length == 0
            ? new ReceiptFinding("program and processor", ReceiptVerdict.Same)
            : new ReceiptFinding("program and processor", ReceiptVerdict.Other, string.Join("; ", others));

        using var setup = new RunSetup(recipe);
        var inputs = new ReceiptInputs(receipt, setup);
        bool areSame = true;
        foreach (ReceiptFinding finding in inputs.Findings(cancel))
        {
            areSame &= finding.Verdict != ReceiptVerdict.Differs;
            yield return finding;
        }
        if (steps == 0)
            yield break;
        if (!areSame)
        {
            yield return new ReceiptFinding("steps", ReceiptVerdict.Skipped, "what they would be made of is not the same");
            yield break;
        }
        var replay = new RunReplay(receipt, setup) { MayRound = others.Length > 0 };
        foreach (ReceiptFinding finding in All ? replay.All(run, cancel) : replay.First(steps, cancel))
            yield return finding;
    }

    private int StepsOf(RunReceipt receipt)
    {
        if (All)
        {
            if (receipt.Result is not { } result)
                throw new SimperException($"{run}: the run did not come to its end, so there is no last step to compare.");
            if (receipt.Resumed.Any(r => r.Overridden.Count > 0))
                throw new SimperException(
                    $"{run}: the run was resumed with another recipe or other data (resume_override), so its last weights cannot "
                        + "be made again from the start; its first steps can, without --all."
                );
            if (HasIntervened())
                throw new SimperException(
                    $"{run}: the run lowered its learning rate or returned to a checkpoint (health), so its last weights cannot "
                        + "be made again by its recipe alone; its first steps can, without --all."
                );
            return result.Steps;
        }
        int traced = receipt.Trace.Count == 0 ? 0 : receipt.Trace[^1].Step;
        if (Steps > traced)
            throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{run}: the receipt has {traced} steps; give --steps {traced} at most, or --all."
                )
            );
        return Steps ?? traced;
    }

    private bool HasIntervened()
    {
        string file = Path.Combine(run, "summary.json");
        JsonNode? health = File.Exists(file) ? JsonLines.Object(File.ReadAllText(file), file)["health"] : null;
        return health is not null && ((int?)health["rollbacks"] > 0 || (double?)health["rate_factor"] is not (null or 1));
    }

    private Recipe RecipeOf(RunReceipt receipt)
    {
        foreach ((string key, _) in Moved)
        {
            if (!MovableKeys.Contains(key))
                throw new SimperException(
                    $"{key} is part of what is checked; only {string.Join(", ", MovableKeys)} may be others."
                );
        }
        foreach (string line in receipt.Recipe)
        {
            string key = line.Split(':')[0];
            if (
                line.Contains(Secrets.Mask, StringComparison.Ordinal)
                && MovableKeys.Contains(key)
                && Moved.All(m => m.Key != key)
            )
                throw new SimperException($"{run}: the receipt has {key} without the secret in it; give it anew, as --{key}.");
        }
        string file = Path.Combine(run, RunReceipt.FileName);
        return Recipe.Of(file, string.Join('\n', receipt.Recipe), Moved, Catalog) with { CacheDir = null };
    }

    private static void ExpectThere(Recipe recipe)
    {
        try
        {
            RecipePaths.Expect(recipe, file: null);
        }
        catch (SimperException e)
        {
            throw new SimperException(
                $"{e.Message} What was moved is given anew, as --model_name_or_path, --dataset_name or --eval_dataset_name.",
                e
            );
        }
    }

    private IEnumerable<ReceiptFinding> OfFolder(RunReceipt receipt, CancellationToken cancel)
    {
        yield return receipt.IsAsWritten
            ? new ReceiptFinding(RunReceipt.FileName, ReceiptVerdict.Same)
            : new ReceiptFinding(
                RunReceipt.FileName,
                ReceiptVerdict.Differs,
                "the receipt itself was changed after it was written"
            );
        yield return RecipeText(receipt);
        if (receipt.Result is not { } result)
        {
            yield return new ReceiptFinding("model", ReceiptVerdict.Skipped, "the run did not come to its end");
            yield break;
        }
        string model = Path.Combine(run, "model");
        foreach (ReceiptFinding finding in FileComparison.Of("model/", result.Model, model, cancel))
            yield return finding;
        HashSet<string> known = [.. result.Model.Select(f => f.Name)];
        string[] added = Directory.Exists(model)
            ?
            [
                .. Directory
                    .GetFiles(model, "*", SearchOption.AllDirectories)
                    .Select(f => Path.GetRelativePath(model, f).Replace('\\', '/'))
                    .Where(f => !known.Contains(f))
                    .Order(StringComparer.Ordinal),
            ]
            : [];
        foreach (string name in added)
            yield return new ReceiptFinding("model/" + name, ReceiptVerdict.Differs, "it was added");
    }

    private ReceiptFinding RecipeText(RunReceipt receipt)
    {
        const string What = "recipe.yaml";
        try
        {
            string[] lines = RunRecording.Lines(File.ReadAllText(Path.Combine(run, What)));
            IReadOnlyList<string> then = receipt.LastRecipe;
            int at = Enumerable.Range(0, Math.Max(lines.Length, then.Count)).FirstOrDefault(i => At(lines, i) != At(then, i), -1);
            return at < 0
                ? new ReceiptFinding(What, ReceiptVerdict.Same)
                : new ReceiptFinding(
                    What,
                    ReceiptVerdict.Differs,
                    $"line {at + 1}: \"{At(then, at)}\" then, \"{At(lines, at)}\" now"
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ReceiptFinding(What, ReceiptVerdict.Differs, FileFault.Sentence(e));
        }
    }

    private static string At(IReadOnlyList<string> lines, int i) => i < lines.Count ? lines[i] : "";

    private static IEnumerable<string> Others(RunReceipt receipt)
    {
        IReadOnlyDictionary<string, string> now = RunIdentity.Program();
        return receipt
            .Program.Where(then => now.GetValueOrDefault(then.Key, "") != then.Value)
            .Select(then => $"{then.Key}: {then.Value} then, {now.GetValueOrDefault(then.Key, "none")} now");
    }
}
