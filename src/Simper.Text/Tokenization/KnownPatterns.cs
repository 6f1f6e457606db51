using System.Text.RegularExpressions;

namespace Simper.Text.Tokenization;

/// <summary>
/// The splitting patterns of published byte-level tokenizers, compiled ahead. They are known to be safe: no time limit.
/// </summary>
public static partial class KnownPatterns
{
    /// <summary>GPT-2's, also of those that cut digits out first.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3's: up to three digits a piece.</summary>
    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen 2's: one digit a piece.</summary>
    public const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>A digit alone: what the step Digits cuts out when its digits are individual.</summary>
    internal const string Digit = @"\p{N}";

    /// <summary>The compiled pattern, null for one that is not known.</summary>
    internal static Regex? Find(string pattern) =>
        pattern switch
        {
            Gpt2 => Gpt2Regex(),
            Llama3 => Llama3Regex(),
            Qwen2 => Qwen2Regex(),
            _ => null,
        };

    [GeneratedRegex(Gpt2, RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();

    [GeneratedRegex(Llama3, RegexOptions.CultureInvariant)]
    private static partial Regex Llama3Regex();

    [GeneratedRegex(Qwen2, RegexOptions.CultureInvariant)]
    private static partial Regex Qwen2Regex();
}
