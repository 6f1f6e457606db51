using System.Globalization;
using Simper.Reports;

namespace Simper.Judging.MtBench;

/// <summary>Scores as one page that needs nothing else: a table by turn, and bars by category.</summary>
public static class MtBenchPage
{
    private const int BarHeight = 14;
    private const int Gap = 16; // between categories
    private const int Left = 96;
    private const int Width = 480;
    private const int Highest = 10;

    /// <summary>The page's text.</summary>
    public static string Of(IReadOnlyList<MtBenchScores> scores)
    {
        string title = string.Join("; ", scores.Select(s => s.Title).Distinct(StringComparer.Ordinal));
        return PageStyle
            .Page(
                $"{title} – Simper",
                Html.Of(
                    $"""
                    <h1>{title}</h1>
                    <div class="wide"><table class="figures"><thead><tr><th>model</th><th>judge</th><th>average</th><th>turn
                    1</th><th>turn 2</th><th>ratings</th><th>without a rating</th></tr></thead>
                    <tbody>{scores.Select(Row)}</tbody></table></div>
                    <h2>By category</h2>
                    {Bars(scores)}
                    <p class="note">Means of ratings from 1 to 10 over both turns. Ten questions a category are few:
                    differences of half a point are within the noise.</p>
                    """
                )
            )
            .Text;
    }

    /// <summary>Writes the page, replacing one of that name.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<MtBenchScores> scores) => JudgeFiles.Write(path, Of(scores));

    private static Html Row(MtBenchScores s, int place) =>
        Html.Of(
            $"<tr><th><span class=\"swatch\" style=\"background:{Colour(place)}\"></span>{s.Model}"
                + $"</th><td>{s.Judge}</td><td>{Shown.Number(s.Average)}</td><td>{Shown.Number(s.Turns[0])}</td><td>{Shown.Number(
                    s.Turns.ElementAtOrDefault(1) is var second && s.Turns.Count > 1 ? second : double.NaN
                )}</td><td>{s.Counts.Sum()}</td><td>{s.Missing}</td></tr>\n"
        );

    private static Html Bars(IReadOnlyList<MtBenchScores> scores)
    {
        string[] categories =
        [
            .. MtBenchQuestion
                .Categories.Concat(scores.SelectMany(s => s.Categories.Keys))
                .Distinct(StringComparer.Ordinal)
                .Where(c => scores.Any(s => s.Categories.ContainsKey(c))),
        ];
        int block = scores.Count * BarHeight + Gap;
        int height = categories.Length * block + 24;
        double scale = (Width - Left - 40) / (double)Highest;
        return Html.Of(
            $"""
            <svg class="figure" viewBox="0 0 {Width} {height}" role="img" aria-label="Scores by category"
              xmlns="http://www.w3.org/2000/svg" font-size="11">
            {Enumerable.Range(0, 6).Select(i => Tick(2 * i, scale, height))}
            {categories.Select(
                (category, c) =>
                    Html.Of(
                        $"<text x=\"{Left - 8}\" y=\"{c * block + Gap / 2 + scores.Count * BarHeight / 2 + 4}\" "
                            + $"text-anchor=\"end\" fill=\"var(--ink)\">{category}</text>{scores.Select(
                                (s, i) => Bar(s, i, category, c * block + Gap / 2 + i * BarHeight, scale)
                            )}"
                    )
            )}
            </svg>
            """
        );
    }

    private static Html Tick(int value, double scale, int height) =>
        Html.Of(
            $"<line x1=\"{Place(Left + value * scale)}\" x2=\"{Place(Left + value * scale)}\" y1=\"0\" y2=\"{height - 18}\" "
                + $"stroke=\"var(--grid)\"/><text x=\"{Place(Left + value * scale)}\" y=\"{height - 4}\" text-anchor=\"middle\" "
                + $"fill=\"var(--ink)\">{value}</text>\n"
        );

    private static Html Bar(MtBenchScores scores, int place, string category, int y, double scale)
    {
        if (!scores.Categories.TryGetValue(category, out double score))
            return Html.Empty;
        double width = Math.Clamp(score, 0, Highest) * scale;
        return Html.Of(
            $"<rect x=\"{Left}\" y=\"{y}\" width=\"{Place(width)}\" height=\"{BarHeight - 2}\" "
                + $"fill=\"{Colour(place)}\"><title>{scores.Model}: {Shown.Number(score)}</title></rect>"
                + $"<text x=\"{Place(Left + width + 4)}\" y=\"{y + BarHeight - 4}\" fill=\"var(--ink)\">{score.ToString(
                    "0.00",
                    CultureInfo.InvariantCulture
                )}</text>\n"
        );
    }

    private static Html Colour(int place) => Html.Of($"var(--curve{place % Palette.Light.Curves.Count})");

    private static string Place(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
