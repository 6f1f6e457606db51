using CsCheck;
using Simper.Generation;
using Simper.Serving;
using Simper.Tensors;
using TorchSharp;
using static Simper.Tests.Serving.ToyServer;

namespace Simper.Tests.Serving;

public class GenerationEngineTests
{
    public static TheoryData<string> Precisions => ["float64", "float32", "bfloat16"];

    private static Precision Of(string name) =>
        name switch
        {
            "float64" => Precision.Float64,
            "float32" => Precision.Float32,
            _ => Precision.BFloat16,
        };

    private static int[] Ids(int seed, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (seed * 31 + i * 7 + i * i) % 50)];

    [Fact]
    public async Task Answers_are_those_of_the_text_generator()
    {
        using ServedModel model = Model(Precision.Float64);
        int[][] prompts = [Ids(1, 3), Ids(2, 100), Ids(3, 65)];
        var sampling = new SamplingSettings { MaxNewTokens = 40, Temperature = 0.7 };
        IReadOnlyList<int>[] expected = [.. prompts.Select(p => new TextGenerator(model.Model).Generate([p], sampling)[0].Ids)];
        await using var engine = new GenerationEngine(model);
        GenerationTicket[] tickets =
        [
            .. prompts.Select(p =>
                engine.Submit(
                    new GenerationRequest
                    {
                        Prompt = p,
                        Sampling = sampling,
                        MaxTokens = 40,
                    }
                )
            ),
        ];
        for (int i = 0; i < prompts.Length; i++)
            Assert.Equal(expected[i], (await Read(tickets[i])).Ids);
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public async Task A_request_gets_the_same_bits_whatever_joins_and_leaves(string precision)
    {
        using ServedModel model = Model(Of(precision), stop: 7);
        Gen<GenerationRequest> requests = Gen.Select(
                Gen.Int[0, 3], // prompts of the same number begin alike
                Gen.Int[1, 150],
                Gen.Int[0, 40],
                Gen.Int[0, 3],
                Gen.Int[0, 9]
            )
            .Select(
                (start, length, tokens, kind, seed) =>
                    new GenerationRequest
                    {
                        Prompt = [.. Ids(start, length)],
                        MaxTokens = tokens,
                        Samples = kind == 3 ? 3 : 1,
                        LogProbs =
                            kind == 2 ? 3
                            : seed % 2 == 0 ? 1
                            : null,
                        ScoresPrompt = kind == 2,
                        Sampling = new SamplingSettings
                        {
                            Temperature = kind == 0 ? 0 : 1.2,
                            TopK = seed,
                            Seed = seed,
                            FrequencyPenalty = kind == 1 ? 0.5 : 0,
                        },
                    }
            );
        var alone = new Dictionary<string, string[]>();
        int rounds = precision == "bfloat16" ? 12 : 6;
        await Gen.Select(requests.Array[1, 12], Gen.Int[0, 20].Array[12], Gen.Int[13, 40])
            .SampleAsync(
                async (all, delays, pages) =>
                {
                    await using var engine = new GenerationEngine(model, Pages(model, pages, sequences: 5));
                    var reading = new List<Task<string[]>>();
                    for (int i = 0; i < all.Length; i++)
                    {
                        using var cancel = new CancellationTokenSource();
                        if (delays[i] > 15) // a neighbour that leaves again
                        {
                            engine.Submit(all[i] with { MaxTokens = 40 }, cancel.Token);
                            await Task.Delay(delays[i] - 14, CancellationToken.None);
                            await cancel.CancelAsync();
                        }
                        GenerationTicket ticket = engine.Submit(all[i]);
                        reading.Add(Bits(ticket));
                        if (delays[i] % 3 == 0)
                            await Task.Delay(delays[i], CancellationToken.None);
                    }
                    string[][] answers = await Task.WhenAll(reading);
                    for (int i = 0; i < all.Length; i++)
                    {
                        string key = string.Join(' ', all[i].Prompt) + all[i] + all[i].Sampling;
                        if (!alone.TryGetValue(key, out string[]? expected))
                            alone[key] = expected = [.. (await Alone(model, all[i])).Select(a => a.Bits)];
                        Assert.Equal(expected, answers[i]);
                    }
                },
                iter: rounds,
                threads: 1
            );

        static async Task<string[]> Bits(GenerationTicket ticket) =>
            [.. (await Task.WhenAll(ticket.Samples.Select(s => Read(ticket, s.Index)))).Select(a => a.Bits)];
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public async Task Many_at_once_get_what_each_gets_alone(string precision)
    {
        using ServedModel model = Model(Of(precision));
        GenerationRequest Request(int i) =>
            new()
            {
                Prompt = Ids(i, 1 + i * 3 % 70),
                MaxTokens = 12 + i % 9,
                LogProbs = 1,
            };
        string[] together;
        await using (var engine = new GenerationEngine(model, new EngineSettings { MaxSequences = 70 }))
        {
            GenerationTicket[] tickets = [.. Enumerable.Range(0, 70).Select(i => engine.Submit(Request(i)))];
            together = [.. (await Task.WhenAll(tickets.Select(t => Read(t)))).Select(a => a.Bits)];
        }
        foreach (int i in (int[])[0, 1, 17, 33, 69])
            Assert.Equal((await Alone(model, Request(i)))[0].Bits, together[i]);
    }

    [Fact]
    public async Task Sequences_that_outgrow_the_cache_give_way_and_are_finished_later()
    {
        using ServedModel model = Model(Precision.Float32);
        await using var held = new HeldEngine(model, Pages(model, 14));
        GenerationEngine engine = held.Engine;
        GenerationRequest[] requests =
        [
            .. Enumerable.Range(0, 8).Select(i => new GenerationRequest { Prompt = Ids(i, 40 + i), MaxTokens = 150 }),
        ];
        GenerationTicket[] tickets = [.. requests.Select(r => engine.Submit(r))];
        held.LetGo();
        for (int i = 0; i < requests.Length; i++)
            Assert.Equal((await Alone2(model, requests[i])).Ids, (await Read(tickets[i])).Ids);
        Assert.True(engine.Counters.Preempted > 0);

        static async Task<Answer> Alone2(ServedModel model, GenerationRequest request)
        {
            using ServedModel own = Model(Precision.Float32);
            return (await Alone(own, request))[0];
        }
    }

    [Fact]
    public async Task What_prompts_have_in_common_is_computed_once()
    {
        using ServedModel model = Model(Precision.Float32);
        await using var engine = new GenerationEngine(model);
        int[] shared = Ids(1, 128);
        GenerationTicket[] tickets =
        [
            .. Enumerable
                .Range(0, 4)
                .Select(i =>
                    engine.Submit(
                        new GenerationRequest
                        {
                            Prompt = [.. shared, .. Ids(i + 20, 9)],
                            MaxTokens = 3,
                            Samples = 2,
                        }
                    )
                ),
        ];
        foreach (GenerationTicket ticket in tickets)
            await Task.WhenAll(ticket.Samples.Select(s => Read(ticket, s.Index)));
        Assert.Equal(0, tickets[0].CachedTokens);
        Assert.All(tickets.Skip(1), t => Assert.Equal(128, t.CachedTokens));
        Assert.Equal(7 * 128, engine.Counters.CachedTokens);
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public async Task Log_probs_of_prompts_are_those_of_scoring_also_where_the_prefix_was_known(string precision)
    {
        using ServedModel model = Model(Of(precision));
        await using var engine = new GenerationEngine(model);
        var request = new GenerationRequest
        {
            Prompt = Ids(4, 100),
            MaxTokens = 1,
            LogProbs = 2,
            ScoresPrompt = true,
        };
        Answer first = await Read(engine.Submit(request));
        GenerationTicket again = engine.Submit(request);
        Assert.Equal(first.Bits, (await Read(again)).Bits);
        Assert.Equal(95, again.CachedTokens);
        Assert.Equal(100, first.Prompt.Count);
        Assert.Null(first.Prompt[0]);
        await engine.DisposeAsync();
        using torch.Tensor logits = Golden.GoldenFile.Logits(model.Model, [.. request.Prompt]);
        using torch.Tensor logProbs = logits.to(torch.ScalarType.Float64).log_softmax(1);
        double tolerance = precision == "bfloat16" ? 0.06 : 1e-4;
        for (int i = 1; i < 100; i++)
        {
            Assert.Equal(logProbs[i - 1, request.Prompt[i]].item<double>(), first.Prompt[i]!.LogProb, tolerance);
            Assert.Equal(2, first.Prompt[i]!.Top.Count);
            Assert.True(first.Prompt[i]!.Top[0].LogProb >= first.Prompt[i]!.LogProb);
        }
    }

    [Fact]
    public async Task A_prompt_alone_can_be_scored()
    {
        using ServedModel model = Model(Precision.Float32);
        await using var engine = new GenerationEngine(model);
        GenerationTicket ticket = engine.Submit(
            new GenerationRequest
            {
                Prompt = Ids(4, Longest),
                MaxTokens = 0,
                LogProbs = 0,
                ScoresPrompt = true,
            }
        );
        Answer answer = await Read(ticket);
        Assert.Empty(answer.Tokens);
        Assert.Equal(Longest, answer.Prompt.Count);
    }

    [Fact]
    public async Task The_seed_decides_and_samples_differ()
    {
        using ServedModel model = Model(Precision.Float32);
        await using var engine = new GenerationEngine(model);
        async Task<string[]> Run(long seed)
        {
            GenerationTicket ticket = engine.Submit(
                new GenerationRequest
                {
                    Prompt = Ids(1, 20),
                    MaxTokens = 20,
                    Samples = 3,
                    Sampling = new SamplingSettings { Temperature = 1, Seed = seed },
                }
            );
            return
            [
                .. (await Task.WhenAll(ticket.Samples.Select(s => Read(ticket, s.Index)))).Select(a => string.Join(' ', a.Ids)),
            ];
        }

        string[] first = await Run(1);
        Assert.Equal(first, await Run(1));
        Assert.Equal(3, first.Distinct().Count());
        Assert.NotEqual(first[0], (await Run(2))[0]);
    }
}
