using System.Collections;
using System.Text.RegularExpressions;

namespace Simper;

/// <summary>
/// Keeps secrets out of what is written and shown: recipes, receipts, error reports, messages. Masked are tokens by their form,
/// user names and passwords in URLs, values of named fields, and whatever the environment holds under a name of a secret. Thread
/// safe.
/// </summary>
public static partial class Secrets
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Mask = "***";

    // Shorter values of the environment ("1", "none") are no secrets, and would be found everywhere.
    private const int ShortestOfEnvironment = 8;

    /// <summary>A text without the secrets in it.</summary>
    public static string Masked(string text)
    {
        foreach (string secret in OfEnvironment())
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        text = Token().Replace(text, Mask);
        text = Parameter().Replace(text, "$1" + Mask);
        return Field().Replace(text, m => m.Groups[1].Value + Quoted(m.Groups[2].Value));
    }

    // The longest first: one may be part of another.
    private static IEnumerable<string> OfEnvironment() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Where(v => Variable().IsMatch((string)v.Key))
            .Select(v => v.Value as string ?? "")
            .Where(v => v.Length >= ShortestOfEnvironment && !Path.Exists(v))
            .OrderByDescending(v => v.Length);

    // JSON and YAML stay what they are.
    private static string Quoted(string value) => value[0] is '"' or '\'' ? value[0] + Mask + value[0] : Mask;

    [GeneratedRegex("(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY)$", RegexOptions.IgnoreCase)]
    private static partial Regex Variable();

    // Of Hugging Face, OpenAI and its like, GitHub, GitLab, Slack, AWS; user and password of a URL; what follows "Bearer". Long
    // enough that a folder's name is none.
    [GeneratedRegex(
        @"\b(hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|gh[opusr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|"
            + @"xox[abprs]-[\w-]{10,}|A[KS]IA[0-9A-Z]{16})\b|(?<=://)[^/@\s""']+(?=@)|(?<=\bBearer )[\w.~+/=-]{8,}"
    )]
    private static partial Regex Token();

    // Of a URL's query.
    [GeneratedRegex(
        @"([?&](?:[\w-]*token|[\w-]*api[_-]?key|key|sig|[\w-]*signature|password|[\w-]*secret|[\w-]*credential)=)[^&\s""'#]+",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Parameter();

    // Narrower than a command line's names: bos_token and its like are no secrets.
    [GeneratedRegex(
        @"(\b(?:[\w-]*api[_-]?key|(?:hub|hf|hugging_?face|access|auth|refresh|bearer|push_to_hub|wandb)_?(?:hub_)?token|"
            + @"[\w-]*secret(?:_key)?|access_key|private_key|passwd|password|credentials?)\b[""']{0,2}\s*[:=]\s*)"
            + @"(""(?:[^""\\]|\\.)+""|'[^']+'|[^\s""'{}\[\],;&#*][^\s""'{}\[\],;&#]*)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Field();
}
