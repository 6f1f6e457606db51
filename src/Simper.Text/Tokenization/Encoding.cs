namespace Simper.Text.Tokenization;

/// <summary>A text as token ids.</summary>
/// <param name="Ids">The ids.</param>
/// <param name="Offsets">For each id the part [Start, End) of the text that it covers, in UTF-16 units. Tokens that the
/// post-processor adds have (0, 0) at the start and (length, length) at the end. Tokens of the bytes of one character share its
/// part.</param>
public sealed record Encoding(int[] Ids, (int Start, int End)[] Offsets);
