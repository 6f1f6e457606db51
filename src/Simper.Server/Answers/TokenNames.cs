using System.Globalization;
using System.Text.Unicode;
using Simper.Text.Tokenization;

namespace Simper.Server.Answers;

/// <summary>
/// The names of tokens in log-probs: their text; for a part of a character its bytes, as OpenAI writes them
/// (<c>bytes:\xe2\x80</c>), since all such parts would read alike. Immutable, thread safe.
/// </summary>
/// <param name="tokenizer">The model's.</param>
internal sealed class TokenNames(Tokenizer tokenizer)
{
    /// <summary>The bytes of a token.</summary>
    public byte[] BytesOf(int id) => tokenizer.BytesOf(id) ?? [];

    /// <summary>Its name.</summary>
    public string NameOf(int id)
    {
        byte[] bytes = BytesOf(id);
        if (Utf8.IsValid(bytes))
            return bytes.Length > 0 || tokenizer.TokenOf(id) is not null
                ? System.Text.Encoding.UTF8.GetString(bytes)
                : Unique(id);
        return string.Create(CultureInfo.InvariantCulture, $"bytes:{string.Concat(bytes.Select(b => $"\\x{b:x2}"))}");
    }

    /// <summary>The name of a token beside another one of the same text.</summary>
    public static string Unique(int id) => string.Create(CultureInfo.InvariantCulture, $"token_id:{id}");
}
