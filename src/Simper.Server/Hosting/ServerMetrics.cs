using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Simper.Server.Hosting;

/// <summary>What a server measures, under OpenTelemetry's names where it has some (gen_ai.server.*).</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Simper.Server";

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    };

    private static readonly InstrumentAdvice<double> TokenSeconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    };

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _tokens;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _nextToken;

    public ServerMetrics()
    {
        _requests = _meter.CreateCounter<long>("simper.server.requests", "{request}", "Requests by route, model and status.");
        _tokens = _meter.CreateCounter<long>("simper.server.tokens", "{token}", "Tokens read (input) and generated (output).");
        _duration = _meter.CreateHistogram(
            "gen_ai.server.request.duration",
            "s",
            "From the request to the end of its answer.",
            null,
            Seconds
        );
        _firstToken = _meter.CreateHistogram(
            "gen_ai.server.time_to_first_token",
            "s",
            "From the request to its first token.",
            null,
            Seconds
        );
        _nextToken = _meter.CreateHistogram(
            "gen_ai.server.time_per_output_token",
            "s",
            "Mean time of the tokens after the first one of an answer.",
            null,
            TokenSeconds
        );
    }

    /// <summary>Shows a number of every model whenever metrics are read.</summary>
    public void Observe(string name, string unit, string about, Func<IEnumerable<(string Model, double Value)>> values) =>
        _meter.CreateObservableGauge(
            name,
            () => values().Select(v => new Measurement<double>(v.Value, new KeyValuePair<string, object?>("model", v.Model))),
            unit,
            about
        );

    /// <summary>A request was answered.</summary>
    public void Answered(string route, string? model, int status, TimeSpan took)
    {
        var tags = new TagList
        {
            { "route", route },
            { "model", model ?? "" },
            { "status", status },
        };
        _requests.Add(1, tags);
        _duration.Record(took.TotalSeconds, tags);
    }

    /// <summary>Tokens were read and generated.</summary>
    public void Tokens(string model, long input, long output)
    {
        _tokens.Add(input, new TagList { { "model", model }, { "type", "input" } });
        _tokens.Add(output, new TagList { { "model", model }, { "type", "output" } });
    }

    /// <summary>The first token of a request came.</summary>
    public void FirstToken(string model, TimeSpan after) =>
        _firstToken.Record(after.TotalSeconds, new TagList { { "model", model } });

    /// <summary>An answer ended.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="tokens">Tokens after the first one.</param>
    /// <param name="took">Time since the first one.</param>
    public void NextTokens(string model, int tokens, TimeSpan took)
    {
        if (tokens > 0)
            _nextToken.Record(took.TotalSeconds / tokens, new TagList { { "model", model } });
    }

    public void Dispose() => _meter.Dispose();
}
