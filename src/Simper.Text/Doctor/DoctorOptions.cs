using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>What the doctor looks at beside the file itself.</summary>
public sealed record DoctorOptions
{
    /// <summary>The file's columns by the names of layouts.</summary>
    public ColumnMap Columns { get; init; } = ColumnMap.None;

    /// <summary>Data held out for evaluation, whose prompts should not be in the file; null for none.</summary>
    public string? Evaluation { get; init; }

    /// <summary>Items of benchmarks, which should not be in the file; null for none.</summary>
    public BenchmarkIndex? Benchmarks { get; init; }

    /// <summary>Rows to be shown whatever they hold, by their numbers in the first file.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [];

    /// <summary>How many rows of each finding are shown with their tokens.</summary>
    public int Examples { get; init; }
}
