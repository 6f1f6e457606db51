using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Simper.Runs;
using Simper.Tensors;

namespace Simper.Cli;

/// <summary>
/// The handling of unexpected errors: a sentence, what to try, and a file with all that is needed to diagnose them. The file
/// contains no environment and no values of keys that look like secrets.
/// </summary>
internal static partial class ErrorReport
{
    private const int ShownCharacters = 300;

    /// <summary>Writes the report and says what happened.</summary>
    /// <returns>Lines for the user.</returns>
    public static IReadOnlyList<string> Of(Exception error, IReadOnlyList<string> args)
    {
        string command = string.Join(
            ' ',
            args.TakeWhile(a => !a.StartsWith('-') && !a.Contains('.') && !a.Contains('/') && !a.Contains('\\'))
                .Take(2)
                .Prepend("simper")
        );
        List<string> lines = [$"{command} failed: {Sentence(error)}.", Advice(error)];
        if (ErrorNotes.ModelOf(error) is { } model)
            lines.Add($"The trained model is safe in {model}.");
        lines.Add(
            Write(Text(error, args), ErrorNotes.FolderOf(error)) is { } file
                ? $"What is needed to find the cause is in {file}: please look through it, and send it with your report."
                : "The report could not be written, neither into the run's folder nor among the temporary files:\n"
                    + Text(error, args)
        );
        return lines;
    }

    /// <summary>Whether memory ran out: .NET signals it by type, libtorch in the message.</summary>
    public static bool IsOutOfMemory(Exception error) =>
        Chain(error)
            .Any(e =>
                e is OutOfMemoryException or InsufficientMemoryException
                || e.Message.Contains("bad_alloc", StringComparison.Ordinal)
                || e.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
                || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
                || e.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
                || e.Message.Contains("Cannot allocate memory", StringComparison.OrdinalIgnoreCase)
            );

    private static string Sentence(Exception error)
    {
        if (IsOutOfMemory(error))
            return "there was not enough memory";
        Exception inner = error;
        while (
            inner is AggregateException or System.Reflection.TargetInvocationException or TypeInitializationException
            && inner.InnerException is { } next
        )
            inner = next;
        // libtorch appends the location in its sources.
        string first = inner.Message.Split('\n', 2)[0].Trim().TrimEnd('.');
        string reason =
            first.Length > ShownCharacters ? first[..ShownCharacters] + "..."
            : first.Length > 0 ? first
            : "no reason was given";
        return $"{Secrets.Masked(reason)} ({inner.GetType().Name})";
    }

    private static string Advice(Exception error) =>
        IsOutOfMemory(error)
            ? "Try: a max_memory below what the machine has, a smaller per_device_train_batch_size or max_length, "
                + "gradient_checkpointing: true, or dtype: bfloat16; `simper plan` with the same words says what a run takes."
            : "Try: the same command again, with --dtype float32 if it computes; if it fails again, it is a fault of the "
                + "program.";

    // In the folder of the run if there is one, else among the temporary files.
    private static string? Write(string text, string? folder)
    {
        string name = OutputFolder.ReportName(DateTime.UtcNow);
        foreach (string place in Directory.Exists(folder) ? (string[])[folder, Path.GetTempPath()] : [Path.GetTempPath()])
        {
            try
            {
                string file = Path.GetFullPath(Path.Combine(place, name));
                // Its name can be foreseen where everybody may write: what is there already is not followed.
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                using var stream = new StreamWriter(file, options);
                stream.Write(text);
                return file;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Try the next location.
            }
        }
        return null;
    }

    internal static string Text(Exception error, IReadOnlyList<string> args)
    {
        var text = new StringBuilder();
        foreach (
            (string name, Func<object?> value) in (ReadOnlySpan<(string, Func<object?>)>)
                [
                    ("simper", () => typeof(ErrorReport).Assembly.GetName().Version?.ToString(3)),
                    ("time", () => DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture)),
                    ("command", () => string.Join(' ', WithoutSecrets(args))),
                    ("runtime", () => RuntimeInformation.FrameworkDescription),
                    ("system", () => $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
                    ("processors", () => Environment.ProcessorCount),
                    (
                        "memory",
                        () =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB, this process at most "
                                    + $"{ProcessMemory.Peak() / 1e9:F2} GB"
                            )
                    ),
                    ("TorchSharp", () => typeof(TorchSharp.torch).Assembly.GetName().Version),
                    ("libtorch", NativeLibraries.DescribeLibTorch),
                ]
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {Told(value)}\n");
        }
        return text.Append('\n').Append(Secrets.Masked(error.ToString())).Append('\n').ToString();
    }

    // The report itself must not fail.
    private static object? Told(Func<object?> value)
    {
        try
        {
            return value();
        }
        catch (Exception e)
        {
            return $"unknown ({e.GetType().Name})";
        }
    }

    /// <summary>The words of a command line, with values of keys that look like secrets redacted.</summary>
    internal static IEnumerable<string> WithoutSecrets(IReadOnlyList<string> args)
    {
        bool isSecret = false;
        foreach (string word in args)
        {
            bool isKey = word.StartsWith('-');
            int sign = isKey ? word.IndexOf('=', StringComparison.Ordinal) : -1;
            bool isNamed = isKey && SecretKey().IsMatch(sign < 0 ? word : word[..sign]);
            yield return isSecret && !isKey ? "***"
            : isNamed && sign >= 0 ? word[..sign] + "=***"
            : Secret().Replace(Secrets.Masked(word), Secrets.Mask);
            isSecret = isNamed && sign < 0;
        }
    }

    private static IEnumerable<Exception> Chain(Exception error)
    {
        yield return error;
        IEnumerable<Exception> inner =
            error is AggregateException many ? many.InnerExceptions
            : error.InnerException is { } one ? [one]
            : [];
        foreach (Exception e in inner.SelectMany(Chain))
            yield return e;
    }

    [GeneratedRegex("token$|_key$|-key$|apikey|secret|passw|credential|auth", RegexOptions.IgnoreCase)]
    private static partial Regex SecretKey();

    // Tokens of Hugging Face and other services, and user names and passwords in URLs.
    [GeneratedRegex(@"\b(hf|sk|ghp|gho|github_pat|glpat|xox[a-z])[-_][A-Za-z0-9_-]{8,}|(?<=://)[^/@\s]+(?=@)")]
    private static partial Regex Secret();
}
