namespace Simper.Text.Hub;

/// <summary>
/// What the environment says about the Hugging Face hub, read as Python's huggingface_hub reads it: where the cache is, the
/// address, the token. An empty variable counts as unset. Immutable, thread safe.
/// </summary>
public sealed class HubEnvironment
{
    private static readonly string[] True = ["1", "ON", "YES", "TRUE"];

    private readonly Func<string, string?> _variable;

    /// <param name="variable">The value of a variable, or null.</param>
    public HubEnvironment(Func<string, string?> variable) => _variable = variable;

    /// <summary>That of this process, read anew at each use.</summary>
    public static HubEnvironment Current { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>HF_HOME, or a folder huggingface where the user's caches are.</summary>
    public string Home =>
        PathOf("HF_HOME") ?? Path.Combine(PathOf("XDG_CACHE_HOME") ?? Path.Combine(UserFolder, ".cache"), "huggingface");

    /// <summary>
    /// The cache that Python's tools and ours share: HF_HUB_CACHE, its older name, or hub in <see cref="Home"/>.
    /// </summary>
    public string Cache => PathOf("HF_HUB_CACHE") ?? PathOf("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(Home, "hub");

    /// <summary>
    /// All folders in which downloaded models may be: the cache, and the one that older transformers were given.
    /// </summary>
    public IReadOnlyList<string> Caches =>
        [
            .. new[] { Cache, PathOf("TRANSFORMERS_CACHE"), PathOf("PYTORCH_TRANSFORMERS_CACHE") }
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>The hub's address, without a slash at its end.</summary>
    public string Endpoint => (Text("HF_ENDPOINT") ?? "https://huggingface.co").TrimEnd('/');

    /// <summary>Whether downloads are switched off (HF_HUB_OFFLINE).</summary>
    public bool IsOffline => IsSet("HF_HUB_OFFLINE") || IsSet("TRANSFORMERS_OFFLINE");

    /// <summary>Whether files are to lie in snapshots themselves, without links (HF_HUB_DISABLE_SYMLINKS).</summary>
    public bool WithoutLinks => IsSet("HF_HUB_DISABLE_SYMLINKS");

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Timeout =>
        int.TryParse(Text("HF_HUB_DOWNLOAD_TIMEOUT"), out int seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.FromSeconds(10);

    /// <summary>
    /// The token: HF_TOKEN, its older name, or the file that <c>hf auth login</c> writes. Null for none, or where tokens may
    /// not be used unasked (HF_HUB_DISABLE_IMPLICIT_TOKEN).
    /// </summary>
    public string? Token =>
        IsSet("HF_HUB_DISABLE_IMPLICIT_TOKEN")
            ? null
            : Stripped(Text("HF_TOKEN")) ?? Stripped(Text("HUGGING_FACE_HUB_TOKEN")) ?? OfFile();

    /// <summary>Where the token comes from, for messages.</summary>
    public string TokenPlace =>
        Stripped(Text("HF_TOKEN")) is not null ? "HF_TOKEN"
        : Stripped(Text("HUGGING_FACE_HUB_TOKEN")) is not null ? "HUGGING_FACE_HUB_TOKEN"
        : TokenPath;

    private string TokenPath => PathOf("HF_TOKEN_PATH") ?? Path.Combine(Home, "token");

    private string UserFolder =>
        Text("HOME")
        ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    private string? OfFile()
    {
        try
        {
            return File.Exists(TokenPath) ? Stripped(File.ReadAllText(TokenPath)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{TokenPath}, the token of the Hugging Face hub: {SystemFault.Sentence(e)}.", e);
        }
    }

    private static string? Stripped(string? token) =>
        token?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim()
            is { Length: > 0 } text
            ? text
            : null;

    private bool IsSet(string name) => Text(name) is { } value && True.Contains(value.ToUpperInvariant());

    private string? Text(string name) => _variable(name) is { Length: > 0 } value ? value : null;

    // As Python's expanduser and expandvars: ~ alone or before a slash, $NAME and ${NAME}.
    private string? PathOf(string name)
    {
        if (Text(name) is not { } path)
            return null;
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal))
            path = UserFolder + path[1..];
        return HubNames.Variables().Replace(path, v => Text(v.Groups[1].Value) ?? v.Value);
    }
}
