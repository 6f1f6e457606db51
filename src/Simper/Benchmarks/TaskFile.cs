using System.Text;
using Simper.Runs;

namespace Simper.Benchmarks;

/// <summary>A file of tasks: of the user's, or one of those that are part of the program.</summary>
/// <param name="Path">A path, or its name among the program's own.</param>
/// <param name="IsBuiltin">Whether it is one of the program's own.</param>
internal sealed record TaskFile(string Path, bool IsBuiltin)
{
    private const string Prefix = "Benchmarks/";

    private static readonly System.Reflection.Assembly Program = typeof(TaskFile).Assembly;

    /// <summary>The program's own task files.</summary>
    public static IEnumerable<TaskFile> Builtins =>
        Program
            .GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(".yaml", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n => new TaskFile(n[Prefix.Length..], IsBuiltin: true));

    /// <summary>The folder that it is in, for relative paths; empty for the program's own.</summary>
    public string Folder => IsBuiltin ? "" : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? "";

    /// <summary>Names of its folders from the innermost out, which say what module a function is of.</summary>
    public IEnumerable<string> FolderNames =>
        (System.IO.Path.GetDirectoryName(Path) ?? "")
            .Replace('\\', '/')
            .Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Reverse();

    /// <summary>A file named by this one.</summary>
    public TaskFile Beside(string name)
    {
        if (!IsBuiltin)
            return this with { Path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? "", name) };
        string folder = Path.Contains('/') ? Path[..(Path.LastIndexOf('/') + 1)] : "";
        return this with { Path = folder + name };
    }

    /// <summary>Its contents.</summary>
    /// <param name="largest">Longer files are no task files.</param>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public string Text(long largest)
    {
        using Stream stream = Open();
        if (stream.Length > largest)
            throw new SimperException($"{this} has {stream.Length >> 20} MB; a task is a page of YAML.");
        try
        {
            using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new SimperException($"{this} is not UTF-8 text; save it as UTF-8.", e);
        }
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public Stream Open()
    {
        if (IsBuiltin)
            return Program.GetManifestResourceStream(Prefix + Path)
                ?? throw new SimperException($"{Path} is no task file of this program.");
        try
        {
            return File.OpenRead(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{Path} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
    }

    public override string ToString() => IsBuiltin ? $"the built-in {Path}" : Path;
}
