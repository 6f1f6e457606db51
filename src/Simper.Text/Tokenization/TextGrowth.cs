namespace Simper.Text.Tokenization;

/// <summary>
/// Limits how much longer a text may become by a file's replacements, so that a chain of them cannot exhaust memory.
/// </summary>
internal static class TextGrowth
{
    /// <summary>The longest text that one replacement may insert; published files use one to four characters.</summary>
    public const int LongestReplacement = 64;

    public static long Limit(long length) => 4096 + (LongestReplacement * length);

    public static void Check(long length, long most)
    {
        if (length > most)
            throw new SimperException(
                $"The replacements in the tokenizer's file make a text of {length} characters where {most} are the "
                    + "limit; the file is not safe to use."
            );
    }
}
