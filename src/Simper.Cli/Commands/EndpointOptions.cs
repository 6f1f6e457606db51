using System.CommandLine;
using Simper.Judging;

namespace Simper.Cli.Commands;

/// <summary>The options of commands that ask a judge.</summary>
internal sealed class EndpointOptions
{
    private readonly Option<string?> _judge = new("--judge")
    {
        HelpName = "MODEL",
        Description = "The judge, as its server names it. All figures carry this name.",
    };

    private readonly Option<string> _url = new("--base_url")
    {
        HelpName = "URL",
        Description = "Its server, with /v1: anything with OpenAI's chat completions.",
        DefaultValueFactory = _ => "https://api.openai.com/v1",
    };

    private readonly Option<string> _key = new("--key_env")
    {
        HelpName = "NAME",
        Description = "The environment variable with its key; unset for servers that need none.",
        DefaultValueFactory = _ => "OPENAI_API_KEY",
    };

    private readonly Option<int> _together = new("--concurrency")
    {
        Description = "Requests under way at once.",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<int> _perMinute = new("--requests_per_minute") { Description = "A limit; 0 for none." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_judge, _url, _key, _together, _perMinute])
            command.Options.Add(option);
    }

    /// <summary>Whether a judge is named.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_judge) is not null;

    /// <exception cref="SimperException">No judge is named, or a value is out of its range.</exception>
    public JudgeClient Client(ParseResult parsed) =>
        new(
            Endpoint(
                parsed,
                parsed.GetValue(_judge)
                    ?? throw new SimperException("Which judge? Give --judge a model's name, and --base_url its server."),
                parsed.GetValue(_url)!,
                parsed.GetValue(_key)!
            )
        );

    /// <summary>A server that is asked as the judge is, at another place.</summary>
    public JudgeEndpoint Endpoint(ParseResult parsed, string model, string url, string keyVariable) =>
        new()
        {
            Model = model,
            BaseUrl = url,
            KeyVariable = keyVariable,
            Together = parsed.GetValue(_together),
            RequestsPerMinute = parsed.GetValue(_perMinute),
        };
}
