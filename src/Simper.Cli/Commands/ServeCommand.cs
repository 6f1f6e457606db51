using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Simper.Models;
using Simper.Runs;
using Simper.Server.Hosting;
using Simper.Serving;
using Simper.Tensors;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper serve</summary>
internal sealed class ServeCommand
{
    private readonly Argument<string[]> _models = new("models")
    {
        HelpName = "MODEL ...",
        Description =
            "Model folders, .gguf files or runs' folders, each under its own name or as name=path. A run's checkpoints, and the "
            + "models of a folder that is none itself, are named below it.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string> _host = new("--host")
    {
        HelpName = "ADDRESS",
        Description = "The address to listen on; any other than this machine's own needs an API key.",
        DefaultValueFactory = _ => "localhost",
    };
    private readonly Option<int> _port = new("--port")
    {
        Description = "The port; 0 for a free one.",
        DefaultValueFactory = _ => 8000,
    };
    private readonly Option<string?> _key = new("--api_key")
    {
        HelpName = "KEY",
        Description = "What clients have to send as their key; better in the environment, as SIMPER_API_KEY.",
    };
    private readonly Option<string[]> _hosts = new("--allowed_host")
    {
        HelpName = "NAME",
        Description = "Another name under which programs here may address the server; may be given several times.",
    };
    private readonly Option<string[]> _origins = new("--allowed_origin")
    {
        HelpName = "ORIGIN",
        Description = "Origin of web pages that may ask, as https://example.org; may be given several times.",
    };
    private readonly Option<int> _sequences = new("--max_sequences")
    {
        Description = "Answers that are computed at once; further ones wait.",
        DefaultValueFactory = _ => new EngineSettings().MaxSequences,
    };
    private readonly Option<int> _queue = new("--queue_limit")
    {
        Description = "Answers that wait; further requests get 429.",
        DefaultValueFactory = _ => new EngineSettings().QueueLimit,
    };
    private readonly CacheMemoryOption _cache = new("each model's");
    private readonly Option<int> _length = new("--max_length")
    {
        Description = "Longest sequence, prompt and answer; 0 for what the model reads.",
    };
    private readonly Option<int> _time = new("--request_timeout")
    {
        HelpName = "SECONDS",
        Description = "How long a request may take.",
        DefaultValueFactory = _ => (int)new ServerSettings().RequestTimeout.TotalSeconds,
    };
    private readonly Option<int> _stop = new("--shutdown_timeout")
    {
        HelpName = "SECONDS",
        Description = "How long running answers may go on after the server was told to stop.",
        DefaultValueFactory = _ => (int)new ServerSettings().ShutdownTimeout.TotalSeconds,
    };
    private readonly Option<string?> _dtype = ModelOptions.DtypeOption();
    private readonly Option<string?> _frozen = ModelOptions.FrozenOption();
    private readonly Option<bool> _finite = ModelOptions.StrictFiniteOption();
    private readonly Option<string?> _base = ModelOptions.BaseOption();
    private readonly Option<string> _device = ModelOptions.DeviceOption("models compute");
    private readonly TemplateOptions _template = new();

    private ServeCommand() { }

    public static Command Make(IAnsiConsole console)
    {
        var serve = new ServeCommand();
        var command = new Command(
            "serve",
            "Answer clients of OpenAI's API, and evaluation harnesses, with models on this machine; until Ctrl-C, which lets "
                + "running answers finish (twice: ends them where they are)."
        );
        command.Arguments.Add(serve._models);
        foreach (Option option in serve.Options())
            command.Options.Add(option);
        serve._template.AddTo(command);
        command.SetAction((parsed, cancel) => serve.RunAsync(console, parsed, cancel));
        return command;
    }

    private IEnumerable<Option> Options() =>
        [
            _host,
            _port,
            _key,
            _hosts,
            _origins,
            _sequences,
            _queue,
            _cache.Memory,
            _length,
            _time,
            _stop,
            _dtype,
            _device,
            _frozen,
            _finite,
            _base,
        ];

    private async Task<int> RunAsync(IAnsiConsole console, ParseResult parsed, CancellationToken cancel)
    {
        ServerSettings settings = Settings(parsed);
        settings.Validate();
        EngineSettings engine = Engine(parsed);
        engine.Validate();
        IReadOnlyList<NamedModel> named = NamedModel.Of(parsed.GetValue(_models)!);
        IReadOnlyList<ServedModel> models = await Task.Run(() => Load(parsed, named, cancel), CancellationToken.None);
        await using SimperServer server = await SimperServer.StartAsync(settings, models, engine);
        Say(console, $"Serving {string.Join(", ", server.Models)} at {new Uri(server.Address, "v1")}");
        if (parsed.GetValue(_key) is not null)
            Say(console, "A key on the command line is seen by all users of this machine; SIMPER_API_KEY is not.");
        using var atOnce = new CancellationTokenSource();
        bool isTold = false;
        void Again(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (isTold)
                atOnce.Cancel();
            isTold = true;
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Again);
        using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Again);
        await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => { }, TaskScheduler.Default);
        Say(console, "Stopping; running answers finish.");
        await server.StopAsync(atOnce.Token);
        return 0;
    }

    private ServerSettings Settings(ParseResult parsed) =>
        new()
        {
            Host = parsed.GetValue(_host)!,
            Port = parsed.GetValue(_port),
            ApiKey =
                parsed.GetValue(_key)
                ?? (Environment.GetEnvironmentVariable("SIMPER_API_KEY") is { Length: > 0 } key ? key : null),
            AllowedHosts = parsed.GetValue(_hosts) ?? [],
            AllowedOrigins = parsed.GetValue(_origins) ?? [],
            RequestTimeout = Seconds(parsed, _time),
            ShutdownTimeout = Seconds(parsed, _stop),
            Log = Console.Error.WriteLine,
        };

    private EngineSettings Engine(ParseResult parsed) =>
        _cache.Apply(
            parsed,
            new EngineSettings
            {
                MaxSequences = parsed.GetValue(_sequences),
                QueueLimit = parsed.GetValue(_queue),
                MaxTokens = parsed.GetValue(_length),
            }
        );

    private List<ServedModel> Load(ParseResult parsed, IReadOnlyList<NamedModel> named, CancellationToken cancel)
    {
        var models = new List<ServedModel>();
        using var open = new AnsweringModels(
            new AnsweringSettings
            {
                Precision = ModelOptions.PrecisionOf(parsed.GetValue(_dtype)),
                Device = parsed.GetValue(_device)!,
                Frozen = ModelOptions.FrozenOf(parsed.GetValue(_frozen)),
                Files = files => _template.Apply(parsed, files),
                Mapped = false,
                StrictFinite = parsed.GetValue(_finite),
                BasePath = parsed.GetValue(_base),
            }
        );
        try
        {
            foreach ((string name, string path) in named)
            {
                cancel.ThrowIfCancellationRequested();
                if (RunState.Of(path)?.Note(path) is { } note)
                    Console.Error.WriteLine(note);
                LanguageModel model = open.Open(path, cancel);
                if (model.Warning is { } warning)
                    Console.Error.WriteLine(warning);
                models.Add(new ServedModel(name, model));
            }
            return models;
        }
        catch
        {
            foreach (ServedModel model in models)
                model.Dispose();
            throw;
        }
    }

    private static TimeSpan Seconds(ParseResult parsed, Option<int> option) =>
        parsed.GetValue(option) is >= 1 and <= 86400 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{option.Name} is {parsed.GetValue(option)}; it has to be between 1 and 86400 seconds."
                )
            );

    private static void Say(IAnsiConsole console, string line)
    {
        console.Profile.Out.Writer.WriteLine(line);
        console.Profile.Out.Writer.Flush();
    }
}
