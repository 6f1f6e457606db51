using System.Globalization;

namespace Simper.Judging.OnPolicy;

/// <summary>A range of lengths: <c>40..80</c>, <c>40..</c>, <c>..80</c>, or <c>60</c> for the nearest to it.</summary>
/// <param name="Least">The shortest length inside.</param>
/// <param name="Most">The longest.</param>
internal sealed record LengthRange(int Least, int Most)
{
    /// <exception cref="SimperException">It is none.</exception>
    public static LengthRange Parse(string text, string rule)
    {
        string[] ends = text.Split("..");
        int? least = Number(ends[0], 0);
        int? most = ends.Length == 1 ? least : Number(ends[^1], int.MaxValue);
        return
            ends.Length <= 2
            && text.Trim().Trim('.').Length > 0
            && least is { } low
            && most is { } high
            && high >= 1
            && low <= high
            ? new LengthRange(low, high)
            : throw new SimperException(
                $"--score {rule}: \"{text}\" is no range of lengths; give one such as 40..80, 40.., ..80, or 60 alone."
            );
    }

    /// <summary>1 inside; outside how near it is as a ratio, above 0.</summary>
    /// <param name="length">The length of an answer that is not empty.</param>
    public double Score(int length) =>
        length < Least ? (double)length / Least
        : length > Most ? (double)Most / length
        : 1;

    private static int? Number(string text, int otherwise) =>
        text.Trim().Length == 0 ? otherwise
        : int.TryParse(
            text,
            NumberStyles.None | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out int number
        )
            ? number
        : null;
}
