using System.Text.RegularExpressions;

namespace Simper.Text.Hub;

/// <summary>Which names of repositories, revisions and files may become paths on the disk.</summary>
public static partial class HubNames
{
    private const int Longest = 255;

    // Names of devices on Windows, with any ending.
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", .. Numbered("COM"), .. Numbered("LPT")];

    /// <summary>
    /// Whether a path from elsewhere stays inside the folder that it is put in: parts separated by slashes, none of them empty,
    /// going up, with another separator, a drive or a control character, nor what this system makes something else of.
    /// </summary>
    public static bool IsInside(string path) =>
        path.Length > 0 && !(path.Length > 1 && path[1] == ':') && Array.TrueForAll(path.Split('/'), IsPart);

    /// <summary>Whether a text may be a commit: 40 hexadecimal digits.</summary>
    public static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    private static bool IsPart(string part) =>
        part.Length is > 0 and <= Longest
        && part is not ("." or "..")
        && !part.Contains('\\', StringComparison.Ordinal)
        && !part.Any(char.IsControl)
        && (!OperatingSystem.IsWindows() || IsNameOnWindows(part));

    private static bool IsNameOnWindows(string part) =>
        part.IndexOfAny([':', '<', '>', '"', '|', '?', '*']) < 0
        && part[^1] is not ('.' or ' ')
        && !Devices.Contains(part.Split('.')[0].ToUpperInvariant());

    private static IEnumerable<string> Numbered(string name) => Enumerable.Range(1, 9).Select(i => $"{name}{i}");

    [GeneratedRegex(@"\$\{?(\w+)\}?")]
    public static partial Regex Variables();

    /// <summary>The hub's own rule for a repository: letters, digits, dashes, dots, underscores; a part or two.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.-]{0,95}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,95})?$")]
    public static partial Regex Repository();
}
