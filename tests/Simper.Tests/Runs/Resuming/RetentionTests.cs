using CsCheck;
using Simper.Checkpoints;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>
/// Whatever is saved, killed, damaged and deleted, in any order: the newest complete checkpoints stay, and nothing else is
/// touched.
/// </summary>
public sealed class RetentionTests : IDisposable
{
    private const string Seed = "0000KOIbL7N4";

    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();

    public void Dispose() => _folder.Dispose();

    private enum Act
    {
        Save,
        KilledSave,
        UserDeletes,
        Damage,
        GoOn,
    }

    private sealed record Happening(Act Act, int Which);

    private sealed class Killed : Exception;

    private static readonly Gen<Happening> Happenings = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Act.Save)),
            (4, Gen.Const(Act.KilledSave)),
            (1, Gen.Const(Act.UserDeletes)),
            (1, Gen.Const(Act.Damage)),
            (3, Gen.Const(Act.GoOn))
        ),
        Gen.Int[0, 11],
        (act, which) => new Happening(act, which)
    );

    [Fact]
    public void The_newest_complete_checkpoints_are_never_removed_and_nothing_else_is_touched()
    {
        int sequences = Counts.Of(60, 10_000);
        int acts = 0;
        int removed = 0;
        Gen.Select(Gen.Int[0, 3], Happenings.Array[3, 8])
            .Sample(
                (limit, happenings) =>
                {
                    using var lived = new Life(_folder.Path, limit);
                    foreach (Happening happening in happenings)
                        lived.Do(happening);
                    acts += happenings.Length;
                    removed += lived.Removed;
                },
                seed: Seed,
                iter: sequences,
                threads: 1
            );
        Assert.True(removed > sequences / 6, $"only {removed} were removed in all");
        Counts.Tell(9, $"{sequences} sequences, {acts} saves, kills, damages, deletions and resumptions, {removed} removed");
    }

    /// <summary>One run's folder, and what lies around it.</summary>
    private sealed class Life : IDisposable
    {
        private readonly string _root;
        private readonly string _run;
        private readonly int _limit;
        private readonly RunFolder _folder;
        private readonly FolderImage _around;
        private int _step;

        public Life(string parent, int limit)
        {
            _root = Path.Combine(parent, Guid.NewGuid().ToString("N"));
            (_run, _limit) = (Path.Combine(_root, "run"), limit);
            Write("other/checkpoint-1/manifest.json");
            Write("other/checkpoint-2.tmp-0123abcd/manifest.json");
            Write("run-2/checkpoint-3/manifest.json");
            _around = FolderImage.Of(_root);
            _folder = RunFolder.Create(_run, overwrite: false);
            Write("run/checkpoint-1-mine/notes.txt");
            Write("run/checkpoint-5.tmp-mine/notes.txt");
            Write("run/my-checkpoint-1/notes.txt");
            Write("run/checkpoint-77");
            Directory.CreateSymbolicLink(Path.Combine(_run, "checkpoint-900"), Path.Combine(_root, "other"));
        }

        public int Removed { get; private set; }

        // With a limit of 1 only the newest can stay.
        private int Kept => _limit == 0 ? int.MaxValue : Math.Min(_limit, 2);

        public void Do(Happening happening)
        {
            List<int> before = SavedStates.Whole(_run);
            switch (happening.Act)
            {
                case Act.Save:
                    Save();
                    before.Insert(0, _step);
                    break;
                case Act.KilledSave:
                    KilledSave(happening.Which);
                    break;
                case Act.UserDeletes when before.Count > 0:
                    int deleted = before[happening.Which % before.Count];
                    Directory.Delete(Path.Combine(_run, $"checkpoint-{deleted}"), recursive: true);
                    before.Remove(deleted);
                    break;
                case Act.Damage when before.Count > 0:
                    int damaged = before[happening.Which % before.Count];
                    string file = Path.Combine(_run, $"checkpoint-{damaged}", SavedStates.Optimizer);
                    File.WriteAllBytes(file, File.ReadAllBytes(file)[..20]);
                    before.Remove(damaged);
                    break;
                case Act.GoOn when before.Count > 0:
                    RunCheckpoint found = RunCheckpoints.Find(_run, "true", []);
                    RunCheckpoints.Settle(_run, found.Position.Step);
                    _step = found.Position.Step;
                    Assert.Equal(["checkpoint-5.tmp-mine"], SavedStates.Leftovers(_run).Select(Path.GetFileName));
                    break;
            }
            List<int> after = SavedStates.Whole(_run);
            if (happening.Act == Act.KilledSave && after.Contains(_step))
                before.Insert(0, _step); // it came to its end before the kill
            foreach (int step in before.Take(Kept))
                Assert.Contains(step, after);
            Removed += before.Except(after).Count();
            ExpectRestUntouched();
        }

        private void Save()
        {
            using RunCheckpoints checkpoints = SavedStates.Of(_folder, _limit == 0 ? null : _limit, _ => { });
            checkpoints.Save(_folder, ++_step, values: 3);
        }

        private void KilledSave(int at)
        {
            FolderImage? left = null;
            int told = 0;
            using RunCheckpoints checkpoints = SavedStates.Of(
                _folder,
                _limit == 0 ? null : _limit,
                _ =>
                {
                    if (left is not null || told++ < at)
                        return;
                    left = FolderImage.Of(_run);
                    throw new Killed();
                }
            );
            try
            {
                checkpoints.Save(_folder, ++_step, values: 3);
            }
            catch (Killed)
            {
                left!.PutBack(_run);
            }
        }

        private void ExpectRestUntouched()
        {
            Assert.Equal(
                _around.Entries,
                FolderImage.Of(_root).Entries.Where(e => !e.StartsWith("run/", StringComparison.Ordinal))
            );
            foreach (
                string mine in (string[])
                    [
                        "checkpoint-1-mine/notes.txt",
                        "checkpoint-5.tmp-mine/notes.txt",
                        "my-checkpoint-1/notes.txt",
                        "checkpoint-77",
                    ]
            )
                Assert.Equal("mine", File.ReadAllText(Path.Combine(_run, mine)));
        }

        private void Write(string name)
        {
            string path = Path.Combine(_root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "mine");
        }

        public void Dispose()
        {
            _folder.Dispose();
            Directory.Delete(_root, recursive: true);
        }
    }
}
