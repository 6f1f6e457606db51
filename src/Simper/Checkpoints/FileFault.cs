using System.Text;

namespace Simper.Checkpoints;

/// <summary>
/// Sentences about bad files. What comes out of a file is shortened and stripped of control characters first: it is printed on
/// terminals and into logs.
/// </summary>
public static class FileFault
{
    private const int Shown = 80;

    // errno on Linux and macOS; the same as HRESULTs on Windows.
    private static readonly int[] Full = [28, unchecked((int)0x80070070), unchecked((int)0x80070027)];
    private static readonly int[] Quota = [122, 69];
    private static readonly int[] ReadOnly = [30, unchecked((int)0x80070013)];
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    /// <summary>Whether a disk or a quota is full.</summary>
    internal static bool IsFull(Exception e) => e is IOException && (Full.Contains(e.HResult) || Quota.Contains(e.HResult));

    /// <summary>Whether another process has the file.</summary>
    internal static bool IsInUse(IOException e) => InUse.Contains(e.HResult);

    /// <summary>
    /// Whether the system refused a file: it is full, missing, locked or not permitted. A file that ends too early is not that.
    /// </summary>
    public static bool IsOfTheSystem(Exception e) =>
        e
            is UnauthorizedAccessException
                or FileNotFoundException
                or DirectoryNotFoundException
                or DriveNotFoundException
                or PathTooLongException
        || e.GetType() == typeof(IOException);

    /// <summary>What an error of the file system means, without a full stop, for the end of a sentence.</summary>
    public static string Sentence(Exception e)
    {
        string system = e.Message.ReplaceLineEndings(" ").TrimEnd('.');
        return e switch
        {
            IOException when Full.Contains(e.HResult) => $"the disk is full ({system}); make room",
            IOException when Quota.Contains(e.HResult) => $"the disk quota is used up ({system}); make room",
            IOException when ReadOnly.Contains(e.HResult) => $"it lies on a file system that is read-only ({system})",
            UnauthorizedAccessException => $"there is no permission ({system})",
            _ => system,
        };
    }

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
