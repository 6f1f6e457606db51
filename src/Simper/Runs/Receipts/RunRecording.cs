using Simper.Checkpoints;
using Simper.Runs.Resuming;
using Simper.Training;

namespace Simper.Runs.Receipts;

/// <summary>
/// A run's side of its receipt: written before the first step, after each of the first ones, and at the end. The files of the
/// model are read beside what the run does before its first step.
/// </summary>
/// <param name="setup">The run's components; its policy is loaded.</param>
/// <param name="folder">Its folder.</param>
/// <param name="saving">Its checkpoints, which know the recipe as it is written.</param>
internal sealed class RunRecording(RunSetup setup, RunFolder folder, RunSaving saving) : IDisposable
{
    /// <summary>How many steps are traced: each costs a pass over the weights.</summary>
    public const int TracedSteps = 5;

    private readonly CancellationTokenSource _cancel = new();
    private Task<ReceiptFile[]>? _files;
    private RunReceipt? _receipt;

    /// <summary>Begins to read the model's files. A run that goes on has them in its receipt, and need not.</summary>
    public void Start()
    {
        IReadOnlyList<(string Name, string Path)> files = new StartFiles(setup.Recipe).All(setup.Policy.Files);
        _files = Task.Run(() => files.Select(f => ReceiptFile.Of(f.Path, _cancel.Token) with { Name = f.Name }).ToArray());
    }

    /// <summary>Writes what the run begins with. The weights are those of the start.</summary>
    /// <param name="plan">The sizes of its passes.</param>
    /// <param name="from">The checkpoint that it goes on from; null for none.</param>
    /// <exception cref="SimperException">A file of the model cannot be read, or the receipt cannot be written.</exception>
    public void Begin(MemoryPlan plan, RunCheckpoint? from)
    {
        _receipt = from is null ? Beginning(plan) : Continued(Earlier() ?? Beginning(plan), from);
        Write();
    }

    /// <summary>Adds a step that has just been made, if it is one of the first.</summary>
    public void Add(StepReport report)
    {
        if (report.Number > TracedSteps || Overridden.Count > 0) // what follows from another recipe is no step of the first one
            return;
        _receipt = _receipt! with { Trace = [.. _receipt.Trace, TracedStep.Of(report, setup)] };
        Write();
    }

    /// <summary>Completes it with the model that was saved.</summary>
    /// <param name="saved">Its folder.</param>
    /// <param name="steps">The steps that were made.</param>
    /// <param name="weights">The hash of the weights after the last one.</param>
    public void Finish(string saved, int steps, string weights) =>
        folder.Guarded(
            RunReceipt.FileName,
            () =>
            {
                _receipt = _receipt! with
                {
                    Result = new ReceiptResult
                    {
                        Steps = steps,
                        Weights = weights,
                        Model = ReceiptFile.AllOf(saved),
                    },
                };
                WholeFile.Write(Path.Combine(folder.Path, RunReceipt.FileName), ReadableJson.Indented(_receipt.ToJson()));
            }
        );

    /// <summary>What was overridden when the run was resumed, now or earlier; in sentences.</summary>
    public IReadOnlyList<string> Overridden => [.. (_receipt?.Resumed ?? []).SelectMany(r => r.Overridden)];

    /// <summary>The hash of the weights as they are now.</summary>
    public string Weights => ReceiptModel.Hex(setup.Policy.StateHash());

    public void Dispose()
    {
        _cancel.Cancel();
        try
        {
            _files?.Wait();
        }
        catch (AggregateException)
        {
            // It was cancelled, or has failed where nobody needs it any more.
        }
        _cancel.Dispose();
    }

    private RunReceipt Beginning(MemoryPlan plan)
    {
        if (_files is null)
            Start();
        ReceiptFile[] files = ErrorOf(() => _files!.GetAwaiter().GetResult());
        return new RunReceipt
        {
            Recipe = Lines(saving.Recipe),
            Program = RunIdentity.Program(),
            Passes = PassSizes.Of(plan, setup),
            Model = ReceiptModel.Of(setup.Recipe.ModelNameOrPath, setup.Policy, files),
            Train = ReceiptRows.Of(setup.Recipe.DataName, setup.Rows.Train, setup.Train),
            HeldOut = setup.HeldOut is { } groups
                ? ReceiptRows.Of(setup.Recipe.EvalDataName ?? setup.Recipe.DataName, setup.Rows.HeldOut!, groups)
                : null,
        };
    }

    // What the run began with stays; the trace ends where the checkpoint is, since what follows is made again.
    private RunReceipt Continued(RunReceipt then, RunCheckpoint from) =>
        then with
        {
            Trace = [.. then.Trace.Where(s => s.Step <= from.Position.Step)],
            Resumed =
            [
                .. then.Resumed.Where(r => r.Step <= from.Position.Step),
                new ResumedRun
                {
                    Step = from.Position.Step,
                    Program = RunIdentity.Program(),
                    Overridden = saving.Overridden,
                    Recipe = saving.Overridden.Count > 0 ? Lines(saving.Recipe) : null,
                },
            ],
            Result = null,
        };

    // A run of an earlier version has none, and one that cannot be read is written anew.
    private RunReceipt? Earlier()
    {
        try
        {
            return RunReceipt.Read(folder.Path);
        }
        catch (SimperException)
        {
            return null;
        }
    }

    private void Write() => folder.Write(RunReceipt.FileName, _receipt!.ToJson());

    internal static string[] Lines(string recipe) => recipe.TrimEnd('\n').Split('\n');

    private static T ErrorOf<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"A file of the model cannot be read for the receipt: {FileFault.Sentence(e)}.", e);
        }
    }
}
