using System.Text;

namespace Simper.Checkpoints;

/// <summary>
/// Messages about bad files. Text taken from a file is shortened and stripped of control characters first, since it goes to
/// terminals and logs.
/// </summary>
internal static class FileFault
{
    private const int Shown = 80; // characters of a name
    private const int Listed = 8;

    /// <summary>Whether another process holds the file.</summary>
    public static bool IsInUse(IOException e) => SystemFault.IsInUse(e);

    /// <summary>The meaning of a file-system error, as the end of a sentence that names the path.</summary>
    public static string Sentence(Exception e) => SystemFault.Sentence(e);

    /// <summary>
    /// The sentence says what is wrong and what to do; the fault is its fixed name, for programs and searches.
    /// </summary>
    internal static SimperException At(string path, string sentence, string fault) => new($"{path}: {sentence} [{fault}].");

    /// <summary>A name from a file in quotes, safe to print.</summary>
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

    /// <summary>Several faults in one sentence, the first of them named.</summary>
    internal static string Several(IReadOnlyList<string> faults) =>
        string.Join("; ", faults.Take(Listed)) + (faults.Count > Listed ? $" and {faults.Count - Listed} more" : "");

    internal static string Shape(IEnumerable<long> sizes) => $"[{string.Join(", ", sizes)}]";
}
