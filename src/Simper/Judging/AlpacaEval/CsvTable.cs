using System.Globalization;
using System.Text;

namespace Simper.Judging.AlpacaEval;

/// <summary>A table of comma-separated values with a line of names, quoted cells included.</summary>
internal sealed class CsvTable
{
    private readonly string _path;

    private CsvTable(string path, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows) =>
        (_path, Columns, Rows) = (path, columns, rows);

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<IReadOnlyList<string>> Rows { get; }

    public static CsvTable Read(string path)
    {
        string text = JudgeFiles.Text(path);
        List<List<string>> lines = Cells(text);
        if (lines.Count == 0)
            throw new SimperException($"{path} is empty; give a table with a line of names.");
        for (int i = 1; i < lines.Count; i++)
        {
            if (lines[i].Count != lines[0].Count)
                throw new SimperException($"{path}, row {i}: {lines[i].Count} cells under {lines[0].Count} names.");
        }
        return new CsvTable(path, lines[0], lines[1..]);
    }

    /// <summary>The place of a column.</summary>
    /// <exception cref="SimperException">There is none of this name.</exception>
    public int Column(string name)
    {
        int at = Columns.ToList().IndexOf(name);
        return at >= 0
            ? at
            : throw new SimperException($"{_path} has no column \"{name}\"; it has {string.Join(", ", Columns)}.");
    }

    /// <exception cref="SimperException">The cell is no number.</exception>
    public double Number(int row, int column) =>
        double.TryParse(Rows[row][column], NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new SimperException($"{_path}, row {row + 1}: \"{Rows[row][column]}\" is no number ({Columns[column]}).");

    private static List<List<string>> Cells(string text)
    {
        var lines = new List<List<string>>();
        var line = new List<string>();
        var cell = new StringBuilder();
        bool isQuoted = false;
        void EndLine()
        {
            line.Add(cell.ToString());
            cell.Clear();
            if (line.Count > 1 || line[0].Length > 0)
                lines.Add(line);
            line = [];
        }
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"')
            {
                if (isQuoted && i + 1 < text.Length && text[i + 1] == '"')
                    cell.Append(text[i++]);
                else
                    isQuoted = !isQuoted;
            }
            else if (isQuoted || (c is not ',' and not '\n' and not '\r'))
                cell.Append(c);
            else if (c == ',')
            {
                line.Add(cell.ToString());
                cell.Clear();
            }
            else if (c == '\n')
                EndLine();
        }
        if (cell.Length > 0 || line.Count > 0)
            EndLine();
        return lines;
    }
}
