using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Simper.Cli;

/// <summary>
/// Lines of text, wrapped between words if a terminal is too narrow. Commands resolve to this WriteLine before Spectre's, which
/// breaks words as well: here a path or a command longer than a line stays whole, so that it can be copied.
/// </summary>
internal static class ConsoleLines
{
    private const int Narrowest = 20; // a smaller width means that it is unknown

    /// <summary>
    /// Writes a text and ends the line. Continuation lines of indented text, or of a "name: text", are aligned with its start.
    /// </summary>
    public static void WriteLine(this IAnsiConsole console, string text)
    {
        var lines = new StringBuilder();
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
            Wrap(line, console.Profile.Width is >= Narrowest and var width ? width : int.MaxValue, lines);
        console.Profile.Out.Writer.Write(lines);
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>A text as lines of a maximum width, as far as its words allow.</summary>
    public static string Wrapped(string text, int width, int indent = 0)
    {
        var lines = new StringBuilder();
        Wrap(text, width, lines, indent);
        return lines.ToString();
    }

    private static void Wrap(string line, int width, StringBuilder lines, int? hanging = null)
    {
        if (Cells(line) <= width)
        {
            lines.Append(line).Append('\n');
            return;
        }
        int indent = hanging ?? Indent(line, width);
        int at = 0; // cells on the line so far
        bool isFirst = true; // whether the word is the first of its line
        foreach ((string space, string word) in Words(line))
        {
            int wide = Cells(word);
            if (!isFirst && at + space.Length + wide > width)
            {
                lines.Append('\n').Append(' ', indent);
                at = indent;
            }
            else
            {
                lines.Append(space);
                at += space.Length;
            }
            lines.Append(word);
            at += wide;
            isFirst = false;
        }
        lines.Append('\n');
    }

    // Aligned with the text of a column ("name: text"); else with the line's own start.
    private static int Indent(string line, int width)
    {
        int own = line.Length - line.TrimStart(' ').Length;
        int name = line.IndexOf(":  ", StringComparison.Ordinal);
        int text = name < 0 ? own : name + 1 + line[(name + 1)..].TakeWhile(c => c == ' ').Count();
        return text <= width / 3 ? text
            : own <= width / 3 ? own
            : 0;
    }

    private static IEnumerable<(string Space, string Word)> Words(string line)
    {
        for (int at = 0; at < line.Length; )
        {
            int word = at;
            while (word < line.Length && line[word] == ' ')
                word++;
            int end = word;
            while (end < line.Length && line[end] != ' ')
                end++;
            yield return (line[at..word], line[word..end]);
            at = end;
        }
    }

    /// <summary>The columns that a text takes on a terminal.</summary>
    internal static int Cells(string text) => text.Any(c => c >= 0x300) ? new Segment(text).CellCount() : text.Length;
}
