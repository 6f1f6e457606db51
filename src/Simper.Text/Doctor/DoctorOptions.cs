using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>What the doctor looks at beside the file itself.</summary>
public sealed record DoctorOptions
{
    /// <summary>The file's columns by the names of layouts.</summary>
    public ColumnMap Columns { get; init; } = ColumnMap.None;

    /// <summary>Data held out for evaluation, whose prompts should not be in the file; null for none.</summary>
    public string? Evaluation { get; init; }

    /// <summary>Files and folders of benchmarks, whose items should not be in the file.</summary>
    public IReadOnlyList<string> Benchmarks { get; init; } = [];

    /// <summary>Rows that are shown whatever they hold.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [];

    /// <summary>How many example rows of each finding are shown with their tokens.</summary>
    public int Examples { get; init; }
}
