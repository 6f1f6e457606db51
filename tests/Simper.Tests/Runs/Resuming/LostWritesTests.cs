using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>Power that fails anywhere in a save: whatever had not reached the disk may be lost, in any combination.</summary>
public sealed class LostWritesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_state_that_a_power_cut_can_leave_opens_to_the_newest_checkpoint_that_was_saved()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere two names are not exchanged in one step");
        string run = _folder["run"];
        var disk = new LossyDisk(run);
        var saved = new List<(int AfterSteps, int Step)>();
        using (RunFolder folder = RunFolder.Create(run, overwrite: false))
        using (RunCheckpoints checkpoints = SavedStates.Of(folder, limit: Counts.AreFull ? 2 : 1, disk.Tell))
        {
            // From the third on each removes an old one; the last replaces one of its own name.
            foreach (int step in Counts.AreFull ? (int[])[1, 2, 3, 4, 4] : [1, 2, 2])
            {
                checkpoints.Save(folder, step, hasTemplate: Counts.AreFull);
                saved.Add((disk.Steps, step));
            }
        }

        string after = _folder["after"];
        int states = 0;
        for (int steps = 0; steps <= disk.Steps; steps++)
        {
            int last = saved.LastOrDefault(s => s.AfterSteps <= steps).Step;
            foreach (int state in disk.StatesAfter(steps, after))
            {
                states++;
                string where = $"state {state} after {steps} steps ({(steps > 0 ? disk.NameOf(steps - 1) : "none")})";
                ExpectWhole(after, last, where);
            }
        }
        Assert.InRange(states, 200, int.MaxValue);
        Counts.Tell(
            2,
            $"{disk.Steps} steps of {saved.Count} saves, {states} states of the disk, all open to a complete checkpoint"
        );
    }

    private static void ExpectWhole(string run, int last, string where)
    {
        var notes = new List<string>();
        RunCheckpoint? found = null;
        try
        {
            found = RunCheckpoints.Find(run, "true", notes);
        }
        catch (SimperException)
        {
            Assert.True(last == 0, $"{where}: no checkpoint opens, and {last} was saved");
            return;
        }
        Assert.True(found.Position.Step >= last, $"{where}: {found.Position.Step} is found, and {last} was saved");
        SavedStates.ExpectValues(found);
        RunCheckpoints.Settle(run, found.Position.Step);
        Assert.Empty(SavedStates.Leftovers(run));
        Assert.Equal(found.Position.Step, RunCheckpoints.Find(run, "true", []).Position.Step);
    }
}
