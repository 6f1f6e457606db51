using Simper.Models;
using Simper.Text.Preferences;

namespace Simper.Runs.Receipts;

/// <summary>What a run began with, as it is now, compared with its receipt: files, tokenizer, templates, rows, weights.</summary>
internal sealed class ReceiptInputs(RunReceipt receipt, RunSetup setup)
{
    /// <summary>Compares; what cannot be read any more is said to differ.</summary>
    public IEnumerable<ReceiptFinding> Findings(CancellationToken cancel)
    {
        foreach (ReceiptFinding finding in OfFiles(cancel))
            yield return finding;
        cancel.ThrowIfCancellationRequested();
        if (Fault(() => _ = setup.Policy) is { } damaged)
        {
            yield return new ReceiptFinding("model of the start", ReceiptVerdict.Differs, damaged);
            yield break;
        }
        var now = ReceiptModel.Of(setup.Recipe.ModelNameOrPath, setup.Policy, []);
        if (now.Commit != receipt.Model.Commit)
            yield return new ReceiptFinding(
                "commit of the model",
                ReceiptVerdict.Other,
                $"{receipt.Model.Commit ?? "none"} then, {now.Commit ?? "none"} now"
            );
        foreach (ReceiptFinding finding in FileComparison.Of("tokenizer: ", receipt.Model.Tokenizer, now.Tokenizer))
            yield return finding;
        foreach (ReceiptFinding finding in FileComparison.Of("chat template: ", receipt.Model.Templates, now.Templates))
            yield return finding;
        yield return now.Weights == receipt.Model.Weights
            ? new ReceiptFinding("weights of the start", ReceiptVerdict.Same)
            : new ReceiptFinding(
                "weights of the start",
                ReceiptVerdict.Differs,
                $"{receipt.Model.Weights} then, {now.Weights} now"
            );
        cancel.ThrowIfCancellationRequested();
        yield return OfRows("training rows", setup.Recipe.DataName, receipt.Train, () => (setup.Rows.Train, setup.Train));
        yield return OfRows(
            "held-out rows",
            setup.Recipe.EvalDataName ?? setup.Recipe.DataName,
            receipt.HeldOut,
            () => setup.Rows.HeldOut is { } rows ? (rows, setup.HeldOut!) : null,
            isPart: setup.Recipe.EvalDataName is null
        );
    }

    // Found without reading the model, which may be none any more.
    private IEnumerable<ReceiptFinding> OfFiles(CancellationToken cancel)
    {
        var start = new StartFiles(setup.Recipe);
        foreach (ReceiptFile file in receipt.Model.Files)
        {
            string what = "start: " + file.Name;
            string path = "";
            yield return Fault(() => path = start.PathOf(file.Name)) is { } missing
                ? new ReceiptFinding(what, ReceiptVerdict.Differs, missing)
                : FileComparison.Of(what, file, path, cancel);
        }
    }

    // What is stored is compared once, where the held-out rows are a part of the training file.
    private static ReceiptFinding OfRows(
        string what,
        string name,
        ReceiptRows? then,
        Func<(PreferenceDataset Rows, IReadOnlyList<TokenizedGroup> Groups)?> read,
        bool isPart = false
    )
    {
        (PreferenceDataset Rows, IReadOnlyList<TokenizedGroup> Groups)? found = null;
        if (Fault(() => found = read()) is { } fault)
            return new ReceiptFinding(what, ReceiptVerdict.Differs, fault);
        string file = Path.GetFileName(Path.TrimEndingDirectorySeparator(name));
        if (found is not var (rows, groups))
            return then is null
                ? new ReceiptFinding(what, ReceiptVerdict.Same, "none")
                : new ReceiptFinding(what, ReceiptVerdict.Differs, "there are none now");
        if (then is null)
            return new ReceiptFinding(what, ReceiptVerdict.Differs, "there were none");
        var now = ReceiptRows.Of(name, rows, groups);
        return then.Changed(now, groups) is { } changed ? new ReceiptFinding(what, ReceiptVerdict.Differs, $"{file}: {changed}")
            : then.Stored != now.Stored && !isPart
                ? new ReceiptFinding(
                    what,
                    ReceiptVerdict.Differs,
                    $"{file}: rows were changed where nothing is read of them; the tokens are the same"
                )
            : new ReceiptFinding(what, ReceiptVerdict.Same);
    }

    private static string? Fault(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (SimperException e)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
