using System.Globalization;

namespace Simper.Judging.AlpacaEval;

/// <summary>
/// The difficulties of the instructions, and how the judge took the baseline's answers when it was asked to be verbose or
/// concise. Read from <c>df_gamed.csv</c> of the data set tatsu-lab/alpaca_eval, or a file with the same columns.
/// </summary>
/// <param name="Rows">The judged answers.</param>
/// <param name="Difficulties">By instruction, in the official order.</param>
public sealed record GamedBaselines(IReadOnlyList<GamedBaselines.Row> Rows, IReadOnlyList<double> Difficulties)
{
    /// <summary>One answer.</summary>
    /// <param name="Length">tanh of the difference of lengths in standard deviations.</param>
    /// <param name="Difficulty">Of the instruction.</param>
    /// <param name="Preference">In [0, 1].</param>
    public readonly record struct Row(double Length, double Difficulty, double Preference);

    /// <summary>Difficulties alone, from <c>instruction_difficulty.csv</c>.</summary>
    /// <exception cref="SimperException">A cell is no number.</exception>
    public static GamedBaselines ReadDifficulties(string path)
    {
        CsvTable table = CsvTable.Read(path);
        int column = table.Columns.Count - 1; // behind the index
        return new GamedBaselines([], [.. Enumerable.Range(0, table.Rows.Count).Select(i => table.Number(i, column))]);
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="SimperException">It lacks a column, or a cell is no number.</exception>
    public static GamedBaselines Read(string path)
    {
        CsvTable table = CsvTable.Read(path);
        int index = table.Column("index");
        int difficulty = table.Column("instruction_difficulty");
        bool isRaw = table.Columns.Contains("std_delta_len");
        int length = table.Column(isRaw ? "std_delta_len" : "tanh_std_delta_len");
        int preference = table.Column(table.Columns.Contains("soft_preference") ? "soft_preference" : "preference");
        var rows = new List<Row>();
        var difficulties = new SortedDictionary<int, double>();
        for (int i = 0; i < table.Rows.Count; i++)
        {
            double x = table.Number(i, length);
            double d = table.Number(i, difficulty);
            difficulties.TryAdd((int)table.Number(i, index), d);
            rows.Add(new Row(isRaw ? Math.Tanh(x) : x, d, table.Number(i, preference)));
        }
        if (difficulties.Count == 0 || difficulties.Keys.Last() != difficulties.Count - 1)
            throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: the column \"index\" has {difficulties.Count} instructions and not each from 0 "
                        + $"on; give df_gamed.csv."
                )
            );
        return new GamedBaselines(rows, [.. difficulties.Values]);
    }
}
