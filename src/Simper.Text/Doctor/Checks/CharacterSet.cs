using System.Buffers;

namespace Simper.Text.Doctor.Checks;

/// <summary>Quick answers about a text, so that most texts take no time.</summary>
internal static class CharacterSet
{
    private static readonly SearchValues<char> Printable = SearchValues.Create(
        "\t\n" + string.Concat(Enumerable.Range(' ', 95).Select(c => (char)c))
    );

    /// <summary>Whether a text is of printable ASCII, tabs and line feeds alone.</summary>
    public static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExcept(Printable);
}
