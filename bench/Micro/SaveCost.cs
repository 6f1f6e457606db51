using System.Diagnostics;
using System.Globalization;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Runs.Resuming;
using Simper.Tensors;
using Simper.Training;

namespace Simper.Bench.Micro;

/// <summary>
/// What a run's checkpoint costs by itself, without and with a copy of the state: time, and the writer's processor time.
/// </summary>
internal static class SaveCost
{
    private const int Times = 4;

    /// <summary>Saves the state of a model at the start of its training a few times, and prints what each took.</summary>
    /// <param name="path">The model, loaded for training in bfloat16.</param>
    /// <param name="folder">Where checkpoints are made, and removed.</param>
    public static void Measure(string path, string folder)
    {
        HeapSettings.Apply(); // as the program does
        using LanguageModel model = LanguageModel.Load(path, Precision.BFloat16, trainable: true);
        using var optimizer = new AdamW(model.Parameters);
        optimizer.Touch();
        using var state = new TrainingState(
            model,
            optimizer,
            reference: null,
            new StepGuard(NonFiniteRule.Stop, SpikeRule.Apply)
        );
        var position = new RunPosition
        {
            Step = 1,
            Recipe = "",
            Model = "",
            Data = "",
            Program = RunIdentity.Program(),
            Passes = new PassSizes(1, 1, 1, 1),
            Logs = new Dictionary<string, long>(),
            Totals = new RunTotals(),
        };
        for (int time = 1; time <= Times; time++)
        {
            long began = Stopwatch.GetTimestamp();
            bool copies = time > Times / 2;
            StateSnapshot copy = state.Snapshot(copies);
            double copied = Seconds(began);
            double processor = 0;
            began = Stopwatch.GetTimestamp();
            var writer = new Thread(() =>
            {
                double before = ThreadClock.Seconds();
                using (copy)
                    RunCheckpoint.Write(Path.Combine(folder, $"checkpoint-{time}"), copy, position);
                processor = ThreadClock.Seconds() - before;
            });
            writer.Start();
            writer.Join();
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(copies ? "copied in" : "not copied,")} {copied:F2} s, written in {Seconds(began):F2} s, "
                        + $"{processor:F2} s of them the writing thread's"
                )
            );
        }
        for (int time = 1; time <= Times; time++)
            Directory.Delete(Path.Combine(folder, $"checkpoint-{time}"), recursive: true);

        static double Seconds(long since) => Stopwatch.GetElapsedTime(since).TotalSeconds;
    }
}
