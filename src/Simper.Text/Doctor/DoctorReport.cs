using System.Globalization;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>What the doctor found in a file.</summary>
public sealed record DoctorReport
{
    /// <summary>The path as given.</summary>
    public required string Path { get; init; }

    /// <summary>The files read, in order.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The layout, that of most of the first rows.</summary>
    public required string Layout { get; init; }

    /// <summary>Whose tokens.</summary>
    public required TokenizationOptions Tokenization { get; init; }

    /// <summary>Rows seen.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that training would use.</summary>
    public required long Kept { get; init; }

    /// <summary>Tokens of these, prompts counted once.</summary>
    public required long Tokens { get; init; }

    /// <summary>What was found, gravest first, then in the order of the checks.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Figures of the file.</summary>
    public required IReadOnlyList<DoctorFigure> Figures { get; init; }

    /// <summary>Rows with their tokens: those that were asked for, and the first of each finding; in file order.</summary>
    public required IReadOnlyList<RowView> Views { get; init; }

    /// <summary>"row 3", with its file where there are several.</summary>
    public string NameOf(int file, int row)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"row {row}");
        return Files.Count > 1 ? $"{System.IO.Path.GetFileName(Files[file])}, {name}" : name;
    }

    /// <summary>How many findings have a grade.</summary>
    public int Count(Grade grade) => Findings.Count(f => f.Grade == grade);
}
