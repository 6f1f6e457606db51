using System.Security.Cryptography;
using System.Text;

namespace Simper.Text.Preferences.Cache;

/// <summary>
/// The cache of tokenized data on disk: files named by the hash of everything that affects them. Written aside, then renamed; an
/// incomplete file is ignored.
/// </summary>
internal static class TokenizationCache
{
    private const int Version = 8;

    public static string FileFor(string folder, PreferenceDataset dataset, GroupTokenizer tokenizer, string identity)
    {
        TokenizationOptions options = tokenizer.Options;
        string key =
            $"{Version}\n{dataset.Fingerprint}\n{options.Compatibility} {options.MaxLength} {options.MaxPromptLength} "
            + $"{options.MaxCompletionLength} {options.Truncation} {options.Format} {options.AddGenerationPrompt} "
            + $"{options.TemplateVariables?.ToJsonString()}\n{tokenizer.TemplateSource}\n{identity}";
        return Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32] + ".tokens");
    }

    /// <summary>
    /// A writer into the cache; if the folder cannot be written, into a temporary file, which only costs the next run's time.
    /// </summary>
    public static TokenStoreWriter Writer(string? file)
    {
        try
        {
            return new TokenStoreWriter(file);
        }
        catch (Exception e) when (file is not null && e is IOException or UnauthorizedAccessException)
        {
            return new TokenStoreWriter(null);
        }
    }
}
