using System.Text.Json;
using System.Text.RegularExpressions;

namespace Simper;

/// <summary>
/// Errors of the file system, and of files that are not JSON, in our words. The runtime's own messages name error classes and
/// full paths, which helps nobody who typed a name, and repeat what precedes them.
/// </summary>
public static partial class SystemFault
{
    // errno on Linux and macOS; the same as HRESULTs on Windows.
    private static readonly int[] Full = [28, unchecked((int)0x80070070), unchecked((int)0x80070027)];
    private static readonly int[] Quota = [122, 69];
    private static readonly int[] ReadOnly = [30, unchecked((int)0x80070013)];
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];
    private static readonly int[] Exists = [17, unchecked((int)0x80070050), unchecked((int)0x800700B7)];

    /// <summary>Whether another process holds the file.</summary>
    public static bool IsInUse(Exception e) => e is IOException && InUse.Contains(e.HResult);

    /// <summary>
    /// Whether the system refused an operation: the disk is full, the file is missing, locked or not permitted. A file that ends
    /// too early is not such an error.
    /// </summary>
    public static bool IsOfTheSystem(Exception e) =>
        e
            is UnauthorizedAccessException
                or FileNotFoundException
                or DirectoryNotFoundException
                or DriveNotFoundException
                or PathTooLongException
        || e.GetType() == typeof(IOException);

    /// <summary>The meaning of an error, without path and full stop, as the end of a sentence that names the path.</summary>
    public static string Sentence(Exception e) =>
        e switch
        {
            IOException when Full.Contains(e.HResult) => "the disk is full; make room",
            IOException when Quota.Contains(e.HResult) => "the disk quota is used up; make room",
            IOException when ReadOnly.Contains(e.HResult) => "it lies on a file system that is read-only",
            UnauthorizedAccessException => "there is no permission",
            FileNotFoundException => "there is no such file",
            DirectoryNotFoundException => "there is no such folder",
            DriveNotFoundException => "there is no such drive",
            PathTooLongException => "its name is too long",
            _ when IsInUse(e) => "another process has it",
            IOException when Exists.Contains(e.HResult) => "there is one of that name already",
            _ => Words(e),
        };

    /// <summary>What is wrong with a text that is not JSON, without location and full stop.</summary>
    public static string Sentence(JsonException e) => e.Message.Split(" LineNumber")[0].Trim().TrimEnd('.');

    /// <summary>The path in an error; null if there is none.</summary>
    public static string? PathOf(Exception e) =>
        e is FileNotFoundException { FileName: { Length: > 0 } name } ? name
        : Quoted().Match(e.Message) is { Success: true } path ? path.Groups[1].Value
        : null;

    // "Not a directory : '/the/path'": the system's words, followed by the path.
    private static string Words(Exception e)
    {
        string words = PathBehind().Replace(e.Message.ReplaceLineEndings(" "), "").Trim().TrimEnd('.');
        return words.Length > 1 && !char.IsUpper(words[1]) ? char.ToLowerInvariant(words[0]) + words[1..] : words;
    }

    [GeneratedRegex("'(.+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\s*:\s*'.*'\s*$")]
    private static partial Regex PathBehind();
}
