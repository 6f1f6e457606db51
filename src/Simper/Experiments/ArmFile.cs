using System.Text.Json.Nodes;
using Simper.Reports;

namespace Simper.Experiments;

/// <summary>
/// The file of an arm, of JSON lines: first what the arm is, then what was measured, its answers, and last how it ended; and the
/// place of its checkpoint beside it while it has none of these last lines.
/// </summary>
/// <param name="folder">The experiment's folder.</param>
/// <param name="arm">The arm.</param>
/// <param name="objective">Its objective with all settings.</param>
internal sealed class ArmFile(ExperimentFolder folder, Arm arm, string objective)
{
    private readonly string _path = Path.Combine(folder.ArmsPath, arm.FileName);

    /// <summary>The folder of its checkpoint.</summary>
    public string CheckpointPath => Path.ChangeExtension(_path, ExperimentFolder.CheckpointEnding);

    /// <summary>The trajectory of a completed arm; null where there is none.</summary>
    /// <exception cref="SimperException">The file is damaged, or of an objective with other settings.</exception>
    public Trajectory? Finished()
    {
        if (
            !File.Exists(_path)
            || File.ReadLines(_path).LastOrDefault() is not { } last
            || !last.StartsWith("{\"end\":", StringComparison.Ordinal)
            || !last.EndsWith('}')
            || !IsSame()
        )
            return null;
        (JsonObject Line, string Place)[] lines = [.. JsonLines.Read(_path)];
        return JsonLines.Field(
            lines[^1].Place,
            () =>
                new Trajectory
                {
                    Arm = arm,
                    Measurements = [.. Measured(lines)],
                    Answers = [.. lines.Where(l => l.Line.ContainsKey("answer")).Select(l => SampleRecord.Read(l.Line, l.Place))],
                    Diverged = (string?)lines[^1].Line["diverged"],
                    Seconds = (double)lines[^1].Line["seconds"]!,
                }
        );
    }

    /// <summary>What was measured so far.</summary>
    /// <exception cref="SimperException">The file is damaged.</exception>
    public IReadOnlyList<Measurement> Measurements() => [.. Measured(JsonLines.Read(_path))];

    /// <summary>Whether there is one of this objective with these settings; false also where another is to be replaced.</summary>
    /// <exception cref="SimperException">It is of other settings, and not to be replaced.</exception>
    public bool IsSame()
    {
        if (JsonLines.Read(_path).FirstOrDefault() is not { Line: { } first })
            return false;
        if ((string?)first["objective"] == objective)
            return true;
        return folder.Overwrites
            ? false
            : throw new SimperException(
                $"{_path} was measured with another setting of {arm.Spec.Text}; give another output_dir, or "
                    + "overwrite_output_dir: true."
            );
    }

    /// <summary>Flushes it to disk.</summary>
    /// <returns>Its length, by its name.</returns>
    public IReadOnlyDictionary<string, long> Settle()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
        return new Dictionary<string, long> { [arm.FileName] = file.Length };
    }

    /// <summary>Cuts off what was written after <see cref="Settle"/>.</summary>
    /// <returns>False where it is shorter, or not there.</returns>
    public bool Cut(IReadOnlyDictionary<string, long> lengths)
    {
        var info = new FileInfo(_path);
        if (!info.Exists || !lengths.TryGetValue(arm.FileName, out long length) || info.Length < length)
            return false;
        folder.Guarded(() =>
        {
            using FileStream file = info.OpenWrite();
            file.SetLength(length);
        });
        return true;
    }

    /// <summary>Begins it anew.</summary>
    public void Begin() =>
        folder.Guarded(() =>
        {
            DropCheckpoint();
            File.WriteAllText(
                _path,
                ReadableJson.OneLine(
                    new JsonObject
                    {
                        ["arm"] = arm.Name,
                        ["objective"] = objective,
                        ["learning_rate"] = arm.LearningRate,
                        ["seed"] = arm.Seed,
                    }
                ) + "\n"
            );
        });

    /// <summary>Adds a line.</summary>
    public void Append(JsonObject line) => folder.Guarded(() => File.AppendAllText(_path, ReadableJson.OneLine(line) + "\n"));

    /// <summary>Adds the last line; then the checkpoint is of no use any more.</summary>
    public void End(Trajectory trajectory)
    {
        Append(
            new JsonObject
            {
                ["end"] = trajectory.Measurements.Max(m => m.Step),
                ["diverged"] = trajectory.Diverged,
                ["seconds"] = Math.Round(trajectory.Seconds, 3),
            }
        );
        folder.Guarded(DropCheckpoint);
    }

    // With what is left of one that was being written.
    private void DropCheckpoint()
    {
        string name = Path.GetFileName(CheckpointPath);
        foreach (string found in Directory.GetDirectories(folder.ArmsPath))
        {
            if (Path.GetFileName(found) == name || Path.GetFileName(found).StartsWith(name + ".tmp-", StringComparison.Ordinal))
                Directory.Delete(found, recursive: true);
        }
    }

    private static IEnumerable<Measurement> Measured(IEnumerable<(JsonObject Line, string Place)> lines) =>
        lines.Where(l => l.Line.ContainsKey("set")).Select(l => Measurement.Read(l.Line, l.Place));
}
