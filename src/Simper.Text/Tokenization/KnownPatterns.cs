using System.Text.RegularExpressions;

namespace Simper.Text.Tokenization;

/// <summary>
/// The splitting patterns of published byte-level tokenizers, compiled ahead of time. They are known to be safe: no time limit.
/// </summary>
public static partial class KnownPatterns
{
    /// <summary>GPT-2's, also for tokenizers that split off digits first.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3's: up to three digits per piece.</summary>
    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen 2's: one digit per piece.</summary>
    public const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>A single digit: what the step Digits splits off when digits are individual.</summary>
    internal const string Digit = @"\p{N}";

    /// <summary>The compiled pattern, null if it is not a known one.</summary>
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
