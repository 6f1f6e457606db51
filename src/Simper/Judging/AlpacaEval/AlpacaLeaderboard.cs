namespace Simper.Judging.AlpacaEval;

/// <summary>A published leaderboard, read from its <c>.csv</c> file. Immutable.</summary>
/// <param name="Rows">Its models.</param>
public sealed record AlpacaLeaderboard(IReadOnlyList<AlpacaLeaderboard.Row> Rows)
{
    /// <summary>A model's published figures, in percent.</summary>
    public sealed record Row(string Model, double WinRate, double LengthControlled);

    /// <summary>Reads the file.</summary>
    /// <exception cref="SimperException">It lacks a column.</exception>
    public static AlpacaLeaderboard Read(string path)
    {
        CsvTable table = CsvTable.Read(path);
        int winRate = table.Column("win_rate");
        int controlled = table.Column("length_controlled_winrate");
        return new AlpacaLeaderboard([
            .. Enumerable
                .Range(0, table.Rows.Count)
                .Where(i => table.Rows[i][controlled].Length > 0)
                .Select(i => new Row(table.Rows[i][0], table.Number(i, winRate), table.Number(i, controlled))),
        ]);
    }

    /// <summary>The place of a length-controlled rate, from 1; the model's own row is left out.</summary>
    public int PlaceOf(double lengthControlled, string model) =>
        1 + Rows.Count(r => r.Model != model && r.LengthControlled > lengthControlled);

    /// <summary>The rows next to a rate: the last two above it and the first two below.</summary>
    public IReadOnlyList<Row> Neighbours(double lengthControlled, string model)
    {
        Row[] others = [.. Rows.Where(r => r.Model != model).OrderByDescending(r => r.LengthControlled)];
        int at = others.Count(r => r.LengthControlled > lengthControlled);
        return [.. others.Skip(Math.Max(0, at - 2)).Take(at - Math.Max(0, at - 2) + 2)];
    }
}
