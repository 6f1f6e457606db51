using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Simper.Server.Answers;
using Simper.Server.Protocol;
using Simper.Serving;

namespace Simper.Server.Hosting;

/// <summary>
/// Answers clients of OpenAI's API with models on this machine. Listens from <see cref="StartAsync"/> until
/// <see cref="StopAsync"/>, which lets running answers finish. Owns the models.
/// </summary>
public sealed class SimperServer : IAsyncDisposable
{
    private static readonly TimeSpan ToSend = TimeSpan.FromSeconds(10); // what is left to send once all answers ended

    private readonly ServerParts _parts;
    private readonly WebApplication _app;
    private readonly MeterProvider _meters;
    private readonly PrometheusText _metrics = new();

    private SimperServer(ServerSettings settings, IReadOnlyList<HostedModel> models)
    {
        _parts = new ServerParts(
            settings,
            models,
            new ServerMetrics(),
            new RunningAnswers(),
            new RequestBodies(),
            new(settings.Log)
        );
        EngineMetrics.Observe(_parts.Metrics, models);
        _meters = Sdk.CreateMeterProviderBuilder()
            .AddMeter(ServerMetrics.MeterName, "Microsoft.AspNetCore.Server.Kestrel")
            .AddReader(new BaseExportingMetricReader(_metrics))
            .Build();
        _app = Application();
    }

    /// <summary>Where it listens, the first of its addresses.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The names of its models.</summary>
    public IEnumerable<string> Models => _parts.Models.Select(m => m.Name);

    /// <summary>What the engines of its models are doing.</summary>
    internal IEnumerable<EngineCounters> Engines => _parts.Models.Select(m => m.Engine.Counters);

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Where it listens, and whom it answers.</param>
    /// <param name="models">The models, at least one; owned from here on.</param>
    /// <param name="engine">What the engine of each may use.</param>
    /// <exception cref="SimperException">A setting is wrong, or the address cannot be listened on.</exception>
    public static async Task<SimperServer> StartAsync(
        ServerSettings settings,
        IReadOnlyList<ServedModel> models,
        EngineSettings? engine = null
    )
    {
        var hosted = new List<HostedModel>();
        SimperServer? server = null;
        try
        {
            settings.Validate();
            foreach (ServedModel model in models)
                hosted.Add(new HostedModel(model, engine ?? new EngineSettings()));
            server = new SimperServer(settings, hosted);
            await server._app.StartAsync();
            server.Address = new Uri(
                server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            );
            return server;
        }
        catch (Exception e)
        {
            if (server is not null)
                await server.DisposeAsync();
            else
            {
                foreach (HostedModel model in hosted)
                    await model.DisposeAsync();
                foreach (ServedModel model in models.Skip(hosted.Count))
                    model.Dispose();
            }
            throw Told(e, settings);
        }
    }

    /// <summary>
    /// Takes no further requests, and lets running answers finish; after the shutdown timeout they end where they are, and their
    /// clients receive what there is.
    /// </summary>
    /// <param name="atOnce">Ends running answers now.</param>
    public async Task StopAsync(CancellationToken atOnce = default)
    {
        using var last = CancellationTokenSource.CreateLinkedTokenSource(atOnce);
        last.CancelAfter(_parts.Settings.ShutdownTimeout);
        using var cut = new CancellationTokenSource();
        await using CancellationTokenRegistration end = last.Token.Register(() =>
        {
            _parts.Runs.Stop();
            cut.CancelAfter(ToSend);
        });
        try
        {
            await _app.StopAsync(cut.Token);
        }
        catch (OperationCanceledException)
        {
            // clients that did not read their answers in time
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (HostedModel model in _parts.Models)
            await model.DisposeAsync();
        _meters.Dispose();
        _parts.Metrics.Dispose();
    }

    private WebApplication Application()
    {
        // Empty: neither the environment nor files beside the program change where it listens.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = _parts.Settings.ShutdownTimeout + 2 * ToSend);
        WebApplication app = builder.Build();
        app.Use(new Pipeline(_parts).InvokeAsync);
        app.UseRouting();
        var generation = new GenerationEndpoints(_parts);
        var models = new ModelEndpoints(_parts);
        var tokenizer = new TokenizerEndpoints(_parts);
        app.MapPost("/v1/chat/completions", generation.ChatAsync);
        app.MapPost("/v1/completions", generation.CompletionAsync);
        app.MapGet("/v1/models", models.ListAsync);
        app.MapGet("/v1/models/{**id}", models.OneAsync);
        app.MapGet("/tokenizer_info", tokenizer.InfoAsync);
        app.MapPost("/tokenize", tokenizer.TokenizeAsync);
        app.MapPost("/detokenize", tokenizer.DetokenizeAsync);
        app.MapGet("/health", models.HealthAsync);
        app.MapGet("/metrics", MetricsAsync);
        return app;
    }

    private Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(_metrics.Read(), context.RequestAborted);
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        ServerSettings settings = _parts.Settings;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = RequestLimits.DiscardedBody;
        kestrel.Limits.MaxConcurrentConnections = settings.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        if (!settings.CutsSlowReaders)
            kestrel.Limits.MinResponseDataRate = null;
        IPAddress[] addresses = [.. settings.Addresses().Where((a, i) => i == 0 || (settings.Port != 0 && CanListen(a)))];
        foreach (IPAddress address in addresses)
            kestrel.Listen(address, settings.Port, o => o.Protocols = HttpProtocols.Http1);
    }

    // In many containers there is no ::1.
    private static bool CanListen(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Exception Told(Exception e, ServerSettings settings) =>
        e is AddressInUseException || e.InnerException is AddressInUseException
            ? new SimperException($"Port {settings.Port} of {settings.Host} is in use; give another one with --port.", e)
        : e is SocketException || e.InnerException is SocketException
            ? new SimperException(
                $"{settings.Host}, port {settings.Port}, cannot be listened on: {(e.InnerException ?? e).Message}; give another "
                    + "--host or --port.",
                e
            )
        : e;

    // Signals are the program's business, not the library's.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
