using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// Which of two answers that stand beside each other is the better one, as a column says it.
/// </summary>
/// <param name="Better">0 for the first, 1 for the second, null for a tie.</param>
/// <param name="Margin">By how much, where the column says that too.</param>
internal readonly record struct Verdict(int? Better, double? Margin = null)
{
    private static readonly string[] Ties = ["tie", "both", "neither", "equal", "same", "none"];
    private static readonly string[] Places = ["first", "second"];

    /// <summary>
    /// A number below 0 where the first answer is better, above 0 where the second is, 0 for a tie (HelpSteer's
    /// overall_preference and preference_strength).
    /// </summary>
    public static Verdict Signed(Row row, string column)
    {
        double value = Number(row, column) ?? throw Unclear(row, column, "be a number, below 0 if the first answer is better");
        return new Verdict(
            value < 0 ? 0
                : value > 0 ? 1
                : null,
            Math.Abs(value)
        );
    }

    /// <summary>1 where the first answer is better, 0 where the second is (SHP's labels).</summary>
    public static Verdict OneIfFirst(Row row, string column) =>
        Number(row, column) switch
        {
            1 => new Verdict(0),
            0 => new Verdict(1),
            _ => throw Unclear(row, column, "be 1 (the first answer is better) or 0 (the second)"),
        };

    /// <summary>The name of the better answer: of its column, the end of that (a, 1), or model_a; or a tie.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column that says it.</param>
    /// <param name="answers">The two columns of answers, whose last character tells them apart.</param>
    public static Verdict Named(Row row, string column, (string First, string Second) answers)
    {
        string[] ends = [answers.First[^1..].ToLowerInvariant(), answers.Second[^1..].ToLowerInvariant()];
        string said = Said(row, column);
        if (Array.Exists(Ties, t => said.StartsWith(t, StringComparison.Ordinal)))
            return new Verdict(null);
        for (int i = 0; i < 2; i++)
        {
            string name = i == 0 ? answers.First : answers.Second;
            if (
                said == ends[i]
                || said == Places[i]
                || said.Equals(name, StringComparison.OrdinalIgnoreCase)
                || said == $"model_{ends[i]}"
                || said == $"response_{ends[i]}"
            )
                return new Verdict(i);
        }
        throw Unclear(row, column, $"be {ends[0]}, {ends[1]}, {answers.First}, {answers.Second} or tie");
    }

    /// <summary>The higher of two scores, each in a column of its own.</summary>
    public static Verdict Higher(Row row, string first, string second)
    {
        double one = Number(row, first) ?? throw Unclear(row, first, "be a number");
        double other = Number(row, second) ?? throw Unclear(row, second, "be a number");
        return new Verdict(
            one > other ? 0
            : other > one ? 1
            : null
        );
    }

    private static string Said(Row row, string column)
    {
        JsonNode? node = row.Column(column);
        return PairScores.Number(node) is { } number ? number.ToString(CultureInfo.InvariantCulture)
            : node?.GetValueKind() == JsonValueKind.String ? ((string)node!).Trim().ToLowerInvariant()
            : "";
    }

    private static double? Number(Row row, string column) =>
        row.Column(column) switch
        {
            JsonValue flag when flag.GetValueKind() is JsonValueKind.True or JsonValueKind.False => (bool)flag ? 1 : 0,
            JsonValue text when text.GetValueKind() == JsonValueKind.String => double.TryParse(
                (string)text!,
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out double written
            )
                ? written
                : null,
            { } node => PairScores.Number(node),
            null => null,
        };

    private static SimperException Unclear(Row row, string column, string wanted) =>
        row.Wrong(column, $"{wanted}, not {row.Json[column]?.ToJsonString() ?? "null"}");
}
