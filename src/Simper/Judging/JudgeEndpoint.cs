namespace Simper.Judging;

/// <summary>Where a judge answers: any server with OpenAI's chat completions.</summary>
public sealed record JudgeEndpoint
{
    /// <summary>The model to ask for.</summary>
    public required string Model { get; init; }

    /// <summary>The server's address up to and with <c>/v1</c>.</summary>
    public string BaseUrl { get; init; } = "https://api.openai.com/v1";

    /// <summary>What the address is called where it is given, for messages.</summary>
    public string UrlName { get; init; } = "base_url";

    /// <summary>
    /// The environment variable with the key; it may be unset for servers that need none. Keys are taken from nowhere else.
    /// </summary>
    public string KeyVariable { get; init; } = "OPENAI_API_KEY";

    /// <summary>How many requests are under way at once.</summary>
    public int Together { get; init; } = 4;

    /// <summary>At most this many requests a minute; 0 for no limit.</summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>How often a request is repeated that the server could not take now.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>How long one answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The pause before the first repetition where the server names none; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="SimperException">A value out of its range.</exception>
    public void Validate()
    {
        if (Model.Length == 0)
            throw new SimperException("Which judge? Give the name of a model that the server has.");
        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            throw new SimperException($"{UrlName} is {BaseUrl}; it has to be an address such as http://127.0.0.1:8000/v1.");
        if (Together is < 1 or > 256)
            throw new SimperException($"{Together} requests at once: give a number from 1 to 256.");
        if (RequestsPerMinute < 0 || Retries < 0)
            throw new SimperException("requests_per_minute and retries are 0 or more.");
    }
}
