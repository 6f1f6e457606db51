using System.Text;

namespace Simper.Checkpoints;

/// <summary>
/// Sentences about bad files. What comes out of a file is shortened and stripped of control characters first: it is printed on
/// terminals and into logs.
/// </summary>
internal static class FileFault
{
    private const int Shown = 80;

    /// <summary>Whether another process has the file.</summary>
    public static bool IsInUse(IOException e) => SystemFault.IsInUse(e);

    /// <summary>What an error of the file system means, for the end of a sentence that names the path.</summary>
    public static string Sentence(Exception e) => SystemFault.Sentence(e);

    /// <summary>
    /// The sentence tells what is wrong and what to do; the fault is its fixed name, for programs and searches.
    /// </summary>
    internal static SimperException At(string path, string sentence, string fault) => new($"{path}: {sentence} [{fault}].");

    /// <summary>A name out of a file between quotes, fit to be shown.</summary>
    internal static string Quote(string name)
    {
        var text = new StringBuilder("'");
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (text.Length > Shown)
                return text.Append("...'").ToString();
            text.Append(Rune.IsControl(rune) ? $"\\u{rune.Value:x4}" : rune.ToString());
        }
        return text.Append('\'').ToString();
    }

    internal static string Shape(IEnumerable<long> sizes) => $"[{string.Join(", ", sizes)}]";
}
