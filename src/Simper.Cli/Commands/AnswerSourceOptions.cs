using System.CommandLine;
using Simper.Judging;
using Simper.Judging.OnPolicy;
using Simper.Serving;

namespace Simper.Cli.Commands;

/// <summary>The options of simper data generate that say who answers: a model here, or one on servers.</summary>
internal sealed class AnswerSourceOptions
{
    private readonly Option<int> _answers = new("--answers")
    {
        HelpName = "N",
        Description = "Answers to each prompt.",
        DefaultValueFactory = _ => new AnswerSampling().Answers,
    };
    private readonly Option<string[]> _endpoints = new("--endpoint")
    {
        HelpName = "URL",
        Description =
            "A server with OpenAI's chat completions, with /v1, that answers in place of a model here; "
            + "--model_name_or_path is then the name it goes by there. Several share the prompts.",
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<string> _key = new("--endpoint_key_env")
    {
        HelpName = "NAME",
        Description = "The environment variable with the key of --endpoint; unset for servers that need none.",
        DefaultValueFactory = _ => "SIMPER_ENDPOINT_KEY",
    };
    private readonly Option<int> _sequences = new("--max_sequences")
    {
        Description = "Answers that a model here computes at once: memory and speed only.",
        DefaultValueFactory = _ => new EngineSettings().MaxSequences,
    };
    private readonly CacheMemoryOption _cache = new("its");
    private readonly ModelOptions _model = new();

    public AnswerSourceOptions()
    {
        AnswerSampling usual = new();
        _model.Temperature.DefaultValueFactory = _ => usual.Tokens.Temperature;
        _model.TopP.DefaultValueFactory = _ => usual.Tokens.TopP;
        _model.MaxNewTokens.DefaultValueFactory = _ => usual.Tokens.MaxNewTokens;
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_answers);
        _model.AddOptionsTo(command);
        foreach (Option option in (Option[])[_endpoints, _key, _sequences, _cache.Memory])
            command.Options.Add(option);
    }

    /// <exception cref="SimperException">A value out of its range.</exception>
    public AnswerSampling Sampling(ParseResult parsed)
    {
        var sampling = new AnswerSampling { Answers = parsed.GetValue(_answers), Tokens = _model.Settings(parsed) };
        sampling.Validate();
        return sampling;
    }

    /// <summary>Checks all that can be checked before data are read and a model is loaded.</summary>
    /// <exception cref="SimperException">No model is named, or a value is out of its range.</exception>
    public void Expect(ParseResult parsed, EndpointOptions requests)
    {
        _model.Path(parsed);
        Engine(parsed);
        foreach (JudgeEndpoint server in Servers(parsed, requests))
            server.Validate();
    }

    /// <summary>Who answers, with what has to be disposed behind it.</summary>
    public (IAnswerSource Source, IReadOnlyList<IDisposable> Owned) Open(
        ParseResult parsed,
        AnswerSampling sampling,
        EndpointOptions requests,
        CancellationToken cancel
    )
    {
        JudgeClient[] servers = [.. Servers(parsed, requests).Select(s => new JudgeClient(s))];
        if (servers.Length > 0)
            return (new EndpointAnswers(servers, sampling), servers);
        string path = _model.Path(parsed);
        var model = new ServedModel(path, _model.Load(parsed, path, cancel));
        try
        {
            return (new EngineAnswers(model, sampling, Engine(parsed), cancel), [model]);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private IEnumerable<JudgeEndpoint> Servers(ParseResult parsed, EndpointOptions requests) =>
        (parsed.GetValue(_endpoints) ?? []).Select(url =>
            requests.Endpoint(parsed, _model.Path(parsed), url, parsed.GetValue(_key)!) with
            {
                UrlName = _endpoints.Name,
            }
        );

    private EngineSettings Engine(ParseResult parsed)
    {
        EngineSettings settings = _cache.Apply(parsed, new EngineSettings { MaxSequences = parsed.GetValue(_sequences) });
        settings.Validate();
        return settings;
    }
}
