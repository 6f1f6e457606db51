using System.Text;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>
/// A text with marked parts, as lines that fit a terminal. A marked part is a difference, including spaces at its ends, so it
/// stays on one line if it fits, and its ends are never lost or separated.
/// </summary>
internal static class MarkedLines
{
    private const int Narrowest = 20; // a smaller width means that it is unknown
    private const int Indent = 4;

    /// <summary>Writes a text and ends the line.</summary>
    /// <param name="console">The console.</param>
    /// <param name="head">What precedes it; continuation lines are aligned with the text, or further left if that leaves few
    /// columns.</param>
    /// <param name="parts">The text; marked parts include their marks.</param>
    public static void Write(IAnsiConsole console, string head, IEnumerable<(string Text, Color Colour, bool IsMarked)> parts)
    {
        int width = console.Profile.Width is >= Narrowest and var known ? known : int.MaxValue;
        int indent = head.Length <= width / 2 ? head.Length : Indent;
        var run = new StringBuilder(head); // of one colour, on one line
        Color colour = Color.Default;
        int at = head.Length;
        foreach ((string text, Color own, bool isMarked) in parts)
        {
            foreach (string chunk in isMarked ? Marked(text, width - indent) : Words(text))
            {
                int wide = ConsoleLines.Cells(chunk);
                string shown = isMarked || at + wide <= width ? chunk : chunk.TrimEnd(' '); // a space at the end of a line
                if (at > indent && at + ConsoleLines.Cells(shown) > width)
                {
                    Flush();
                    console.WriteLine();
                    run.Append(' ', indent);
                    (at, shown) = (indent, chunk);
                }
                if (own != colour)
                    Flush();
                colour = own;
                run.Append(shown);
                at += wide;
            }
        }
        Flush();
        console.WriteLine();

        void Flush()
        {
            if (run.Length > 0)
                console.Write(new Spectre.Console.Text(run.ToString(), new Style(colour)));
            run.Clear();
        }
    }

    // Words with the spaces after them.
    private static IEnumerable<string> Words(string text)
    {
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = at;
            while (end < text.Length && text[end] != ' ')
                end++;
            while (end < text.Length && text[end] == ' ')
                end++;
            yield return text[at..end];
        }
    }

    // Whole if it fits on a line; else its words, of which the first has the opening mark and the last the closing one.
    private static IEnumerable<string> Marked(string text, int room)
    {
        string[] words = [.. Words(text)];
        return ConsoleLines.Cells(text) <= room || words.Length < 4
            ? [text]
            : [words[0] + words[1], .. words[2..^2], words[^2] + words[^1]];
    }
}
