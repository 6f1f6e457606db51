using System.Security.Cryptography;
using System.Text;

namespace Simper.Text.Preferences;

/// <summary>
/// Where the tokens of a data set lie on disk: in a file named by the hash of all that shapes them. Written aside, then renamed;
/// a file that is not whole is not believed.
/// </summary>
internal static class TokenizationCache
{
    private const int Version = 7;

    public static string FileFor(string folder, PreferenceDataset dataset, GroupTokenizer tokenizer, string identity)
    {
        TokenizationOptions options = tokenizer.Options;
        string key =
            $"{Version}\n{dataset.Fingerprint}\n{options.Compatibility} {options.MaxLength} {options.MaxPromptLength} "
            + $"{options.Truncation} {options.Format} {options.AddGenerationPrompt} "
            + $"{options.TemplateVariables?.ToJsonString()}\n{tokenizer.TemplateSource}\n{identity}";
        return Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32] + ".tokens");
    }

    /// <summary>
    /// A writer into the cache; where the folder cannot be written, into a file of the process: that costs the time of the next
    /// run, nothing else.
    /// </summary>
    public static TokenStore.Writer Writer(string? file)
    {
        try
        {
            return new TokenStore.Writer(file);
        }
        catch (Exception e) when (file is not null && e is IOException or UnauthorizedAccessException)
        {
            return new TokenStore.Writer(null);
        }
    }
}
