using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Tensors;

/// <summary>The version of a libtorch, determined from the files around it: loading a wrong one may end the process.</summary>
internal static partial class LibTorchVersion
{
    // Beside lib/: libtorch's zip has the first, torch's wheel the second, both have headers.
    private static readonly string[] Tellers =
    [
        "build-version",
        "version.py",
        "include/torch/headeronly/version.h",
        "include/torch/csrc/api/include/torch/version.h",
    ];

    /// <summary>
    /// The version of the libtorch in a folder of libraries, as 2.10.0 or 2.10.0+cu128; null if it cannot be determined.
    /// </summary>
    public static string? Of(string libraries)
    {
        string root = Path.GetFullPath(Path.Combine(libraries, ".."));
        foreach (string folder in (string[])[root, libraries])
        {
            foreach (string file in Tellers.Select(t => Path.Combine(folder, t)).Where(File.Exists))
            {
                if (InText().Match(File.ReadAllText(file)) is { Success: true } found)
                    return found.Value;
            }
        }
        return InLibrary(Path.Combine(libraries, "libtorch_python.so"));
    }

    // The version that torch writes into exported models is the only string of this form in the library.
    private static string? InLibrary(string file)
    {
        if (!File.Exists(file))
            return null;
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
        string[] found = [.. AsString().Matches(text).Select(m => m.Groups[1].Value).Distinct()];
        return found.Length == 1 ? found[0] : null;
    }

    // A header's other lines and a Python file's hash do not match this.
    [GeneratedRegex(@"\d+\.\d+\.\d+[a-z0-9.+]*")]
    private static partial Regex InText();

    [GeneratedRegex(@"\0(\d+\.\d+\.\d+(?:(?:a|rc|\.dev|\+)[a-z0-9.+]*)?)(?=\0)")]
    private static partial Regex AsString();
}
