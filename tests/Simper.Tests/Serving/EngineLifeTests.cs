using Simper.Generation;
using Simper.Serving;
using Simper.Tensors;
using static Simper.Tests.Serving.ToyServer;

namespace Simper.Tests.Serving;

public class EngineLifeTests
{
    private static GenerationRequest Long(int seed = 1, int tokens = 350) =>
        new() { Prompt = [.. Enumerable.Range(seed, 10)], MaxTokens = tokens };

    // However busy the machine is; a hundred times what it takes on one that is.
    private static async Task Until(Func<bool> holds)
    {
        for (int i = 0; i < 120_000 && !holds(); i++)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.True(holds());
    }

    [Fact]
    public async Task A_cancelled_request_ends_at_its_next_token_and_frees_its_pages()
    {
        using ServedModel model = Model(Precision.Float64);
        await using var held = new HeldEngine(model, Pages(model, 40), afterTokens: 1);
        GenerationEngine engine = held.Engine;
        using var cancel = new CancellationTokenSource();
        GenerationTicket ticket = engine.Submit(Long(), cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken _ in ticket.Samples[0].Tokens(TestContext.Current.CancellationToken))
            {
                await cancel.CancelAsync();
                held.LetGo();
            }
        });
        await Until(() => engine.Counters is { Running: 0, Queued: 0, PagesUsed: 0, Cancelled: 1 });
        Assert.Equal(1, engine.Counters.GeneratedTokens);
    }

    [Fact]
    public async Task A_sample_that_is_stopped_ends_without_an_exception()
    {
        using ServedModel model = Model(Precision.Float64);
        await using var held = new HeldEngine(model, new EngineSettings(), afterTokens: 2);
        GenerationEngine engine = held.Engine;
        GenerationTicket ticket = engine.Submit(Long() with { Samples = 2 });
        int tokens = 0;
        await foreach (GeneratedToken _ in ticket.Samples[0].Tokens(TestContext.Current.CancellationToken))
        {
            tokens++;
            ticket.Samples[0].Stop();
            held.LetGo();
        }
        Assert.Equal(1, tokens);
        Assert.Equal(350, (await Read(ticket, 1)).Tokens.Count);
    }

    [Fact]
    public async Task A_full_queue_is_said_at_once_with_a_time_to_come_again()
    {
        using ServedModel model = Model(Precision.Float32);
        await using var held = new HeldEngine(model, Pages(model, 40, sequences: 1, queue: 2));
        GenerationEngine engine = held.Engine;
        using var cancel = new CancellationTokenSource();
        for (int i = 0; i < 3; i++)
            engine.Submit(Long(i), cancel.Token);
        EngineFullException full = Assert.Throws<EngineFullException>(() => engine.Submit(Long()));
        Assert.InRange(full.RetryAfter.TotalSeconds, 1, 60);
        await cancel.CancelAsync();
        held.LetGo();
        await Until(() => engine.Counters is { Running: 0, Queued: 0 });
        Assert.Equal(5, (await Read(engine.Submit(Long(1, 5)))).Tokens.Count);
    }

    [Fact]
    public async Task What_could_never_be_answered_is_refused_with_the_reason()
    {
        using ServedModel model = Model(Precision.Float32);
        await using var engine = new GenerationEngine(model, Pages(model, 12));
        Refused("The prompt is empty", Long() with { Prompt = [] });
        Refused("has the token id 50", Long() with { Prompt = [1, 50] });
        Refused("logit_bias has the token id -1", WithBias(-1));
        Refused("has 400 tokens; there is room for", Long() with { Prompt = new int[400] });
        Refused("number of new tokens is -1", Long() with { MaxTokens = -1 });
        Refused("number of samples is 0", Long() with { Samples = 0 });
        Refused("log-probs are wanted", Long() with { ScoresPrompt = true });
        Refused("top_p", Long() with { Sampling = new SamplingSettings { TopP = 0 } });
        Refused("min_p", Long() with { Sampling = new SamplingSettings { MinP = 2 } });

        void Refused(string words, GenerationRequest request) =>
            Assert.Contains(
                words,
                Assert.Throws<SimperException>(() => engine.Submit(request)).Message,
                StringComparison.Ordinal
            );

        static GenerationRequest WithBias(int id) =>
            Long() with
            {
                Sampling = new SamplingSettings { LogitBias = new Dictionary<int, double> { [id] = 1 } },
            };
    }

    [Fact]
    public async Task Stopping_finishes_what_was_submitted_and_takes_nothing_new()
    {
        using ServedModel model = Model(Precision.Float32);
        var engine = new GenerationEngine(model, Pages(model, 60, sequences: 2));
        GenerationTicket[] tickets = [.. Enumerable.Range(1, 4).Select(i => engine.Submit(Long(i, 60)))];
        await engine.StopAsync(Timeout.InfiniteTimeSpan);
        Assert.Throws<EngineStoppedException>(() => engine.Submit(Long()));
        foreach (GenerationTicket ticket in tickets)
            Assert.Equal(FinishReason.Length, (await Read(ticket)).Finish);
    }

    [Fact]
    public async Task What_is_not_finished_in_time_says_that_the_server_stops()
    {
        using ServedModel model = Model(Precision.Float64);
        await using var held = new HeldEngine(model, Pages(model, 60, sequences: 2));
        GenerationEngine engine = held.Engine;
        GenerationTicket[] tickets = [.. Enumerable.Range(1, 20).Select(i => engine.Submit(Long(i)))];
        ValueTask stopping = engine.DisposeAsync();
        held.LetGo();
        await stopping;
        await Assert.ThrowsAsync<EngineStoppedException>(() => Read(tickets[^1]));
    }

    [Fact]
    public async Task The_memory_is_known_before_the_first_request()
    {
        using ServedModel model = Model(Precision.Float32);
        EngineSettings settings = Pages(model, 40);
        await using var engine = new GenerationEngine(model, settings);
        Assert.Equal(4 * model.Model.ParameterCount, engine.Memory.Weights);
        Assert.Equal(0, engine.Memory.Panels); // float32 products read the weights as they are
        Assert.InRange(engine.Memory.Cache, 1, settings.CacheBytes);
        Assert.Equal(40, engine.Counters.Pages);
        Assert.InRange(engine.Memory.Step, 1, 64 << 20);
    }

    [Fact]
    public async Task Many_requests_leave_no_tensor_and_no_page_behind()
    {
        using ServedModel model = Model(Precision.BFloat16);
        await using var held = new HeldEngine(model, Pages(model, 40));
        GenerationEngine engine = held.Engine;
        var live = new List<long>();
        for (int round = 0; round < 6; round++)
        {
            // All are there before the first step: every round has the same steps.
            held.HoldAgain();
            GenerationTicket[] tickets =
            [
                .. Enumerable.Range(0, 12).Select(i => engine.Submit(Long(i % 5, 10 + i) with { LogProbs = i % 2 })),
            ];
            held.LetGo();
            foreach (GenerationTicket ticket in tickets)
                await Read(ticket);
            await Until(() => engine.Counters is { Running: 0, Queued: 0, PagesUsed: 0 });
            live.Add(engine.LiveTensors);
        }
        // The first rounds make what is kept: panels, tables of rotations, the memory of steps.
        Assert.Equal(live[2], live[^1]);
    }
}
