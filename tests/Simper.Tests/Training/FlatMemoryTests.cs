using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Runs;
using Simper.Training;
using TorchSharp;

namespace Simper.Tests.Training;

/// <summary>Training takes the same memory at every step, however many there are.</summary>
public sealed class FlatMemoryTests : IDisposable
{
    private const int WarmedUp = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("simper")]
    [InlineData("dpo")]
    public void No_step_leaves_a_tensor_and_many_steps_take_no_more_memory(string loss)
    {
        int steps = Counts.Of(40, 10_000);
        Recipe recipe = DemoRecipe.In(_folder, rows: 60) with
        {
            Objective = Recipe.Read(null, [("loss_type", loss)]).Objective,
            MaxSteps = steps,
            LearningRate = 1e-6,
        };
        using var setup = new RunSetup(recipe);
        setup.MakeReference(TestContext.Current.CancellationToken);
        long live = 0;
        var held = new Dictionary<int, long>();
        foreach (StepReport report in setup.MakeTrainer().Steps(TestContext.Current.CancellationToken))
        {
            long now = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            if (report.Number == WarmedUp)
                live = now;
            else if (report.Number > WarmedUp)
                Assert.Equal(live, now);
            if (Counts.AreFull && report.Number is 100 or 1_000 || report.Number == steps)
            {
                // What is free is given back first: what is in use may not grow.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                HeapSettings.Trim();
                held[report.Number] = ProcessMemory.Now();
            }
        }
        if (!Counts.AreFull)
            return; // other tests take memory meanwhile
        Counts.Tell(
            14,
            $"{loss}: {steps} steps, {live} live tensors after each; resident memory "
                + string.Join(", ", held.Select(h => $"{h.Value / 1e6:F1} MB after {h.Key}"))
        );
        Assert.True(held[1_000] < held[100] * 1.01, "memory grew between step 100 and step 1,000");
        Assert.True(held[steps] < held[100] * 1.01, $"memory grew between step 100 and step {steps}");
    }
}
