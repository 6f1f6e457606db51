using System.Globalization;

namespace Simper.Text.Doctor.Checks;

/// <summary>Items of benchmarks that stand in the data.</summary>
/// <param name="index">The benchmarks' items.</param>
internal sealed class ContaminationCheck(BenchmarkIndex index) : IRowCheck
{
    public static readonly Check Benchmark = new(
        "benchmark-item",
        Grade.Warning,
        "thirteen words in a row of a benchmark's item (or a whole shorter item) stand in a text",
        "The model may know the benchmark's answers: its score says less.",
        "Take the row out, or do not report this benchmark."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Benchmark];

    public void Look(ExaminedRow row)
    {
        foreach (RowText text in row.Texts)
        {
            if (index.Find(text.Text) is not { } hit)
                continue;
            row.Add(
                Benchmark,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Where(text)}: {hit.Words} words from word {hit.At + 1} on, of {index.Place(hit.Item)}"
                )
            );
        }
    }
}
