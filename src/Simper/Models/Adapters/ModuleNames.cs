using System.Globalization;
using System.Text.RegularExpressions;

namespace Simper.Models.Adapters;

/// <summary>
/// A choice of modules by name, as PEFT's <c>target_modules</c>: a list, in which a name stands for every module whose path it
/// ends; one regular expression, which must match a path whole; or all linear layers but the head.
/// </summary>
public sealed record ModuleNames
{
    /// <summary>The word for all linear layers.</summary>
    public const string AllLinear = "all-linear";

    private ModuleNames(IReadOnlyList<string> names, string? pattern) => (Names, Pattern) = (names, pattern);

    /// <summary>The list; empty for a regular expression.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The regular expression, or "all-linear"; null for a list.</summary>
    public string? Pattern { get; }

    /// <summary>Whether all linear layers are meant.</summary>
    public bool IsAllLinear => string.Equals(Pattern, AllLinear, StringComparison.OrdinalIgnoreCase);

    /// <summary>A list of names.</summary>
    public static ModuleNames Of(IEnumerable<string> names) => new([.. names], null);

    /// <summary>A regular expression, or "all-linear".</summary>
    public static ModuleNames Matching(string pattern) => new([], pattern);

    /// <summary>Whether a module is named.</summary>
    /// <exception cref="SimperException">The regular expression is none.</exception>
    public bool Fit(string module) =>
        Pattern is null
            ? Names.Any(name => module == name || module.EndsWith("." + name, StringComparison.Ordinal))
            : ModulePattern.Fits(Pattern, module);

    public bool Equals(ModuleNames? other) =>
        other is not null && Pattern == other.Pattern && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Pattern, Names.Count);

    public override string ToString() => Pattern ?? string.Join(", ", Names);
}

/// <summary>Regular expressions of module names.</summary>
internal static class ModulePattern
{
    // Those of adapter configs are short; one that takes longer is refused instead of waited for.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Whether an expression matches a name whole.</summary>
    public static bool Fits(string pattern, string name) => Matches(pattern, $@"\A(?:{pattern})\z", name);

    /// <summary>The number of the first key that fits a name from some dot, or its beginning, to its end; null for
    /// none.</summary>
    public static double? First(IReadOnlyList<KeyValuePair<string, double>> patterns, string name)
    {
        foreach ((string key, double number) in patterns)
        {
            if (Matches(key, $@"\A(?:.*\.)?(?:{key})\z", name))
                return number;
        }
        return null;
    }

    /// <summary>The number that follows the first part of a path that an expression matches; null for none.</summary>
    public static int? NumberAfter(string pattern, string path)
    {
        Match match = Matched(pattern, $@"\A.*?\.(?:{pattern})\.(?<number>[0-9]+)\.", path);
        return match.Success ? int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) : null;
    }

    private static bool Matches(string given, string whole, string name) => Matched(given, whole, name).Success;

    private static Match Matched(string given, string whole, string name)
    {
        try
        {
            return Regex.Match(name, whole, RegexOptions.CultureInvariant, Limit);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            throw new SimperException(
                $"\"{given}\" names modules, and is no regular expression that can be used: "
                    + (e is ArgumentException ? e.Message.TrimEnd('.') : "matching it takes too long")
                    + "; give a list of module names, or mend it.",
                e
            );
        }
    }
}
