using CsCheck;
using Simper.Serving;
using Simper.Tensors;
using static Simper.Tests.Serving.ToyServer;

namespace Simper.Tests.Serving;

public class ScheduleTests
{
    private static Sequence Prompt(ServedModel model, int tokens, long number)
    {
        var ticket = new GenerationTicket(new GenerationRequest { Prompt = [.. Enumerable.Repeat(3, tokens)] });
        return new Sequence(ticket, ticket.Samples[0], CancellationToken.None, model, Longest) { Number = number };
    }

    [Fact]
    public void A_short_prompt_is_read_at_once_beside_a_long_one_that_came_first()
    {
        using ServedModel model = Model(Precision.Float32);
        Sequence[] reading = [Prompt(model, 390, 1), Prompt(model, 300, 2), Prompt(model, 12, 3)];
        Dictionary<Sequence, int> parts = Schedule.Parts(reading, 64).ToDictionary();
        Assert.Equal(12, parts[reading[2]]);
        Assert.Equal(16, parts[reading[0]]); // a quarter, in any case
        Assert.Equal(36, parts[reading[1]]);
    }

    [Fact]
    public void All_of_the_budget_is_used_and_no_more_and_the_oldest_always_gets_some()
    {
        using ServedModel model = Model(Precision.Float32);
        Gen.Select(Gen.Int[1, 390].Array[1, 9], Gen.Int[16, 400])
            .Sample(
                (lengths, budget) =>
                {
                    Sequence[] reading = [.. lengths.Select((n, i) => Prompt(model, n, i))];
                    Dictionary<Sequence, int> parts = Schedule.Parts(reading, budget).ToDictionary();
                    Assert.Equal(Math.Min(budget, lengths.Sum()), parts.Values.Sum());
                    Assert.All(parts, p => Assert.InRange(p.Value, 1, p.Key.Unread));
                    Assert.True(parts[reading[0]] >= Math.Min(lengths[0], budget / 4));
                },
                iter: 300
            );
    }

    [Fact]
    public async Task Who_writes_gets_a_token_in_every_step_while_a_long_prompt_is_read()
    {
        using ServedModel model = Model(Precision.Float32);
        var written = new List<long>();
        GenerationEngine? engine = null;
        using var isWriting = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        EngineSettings settings = Pages(model, 40) with
        {
            BeforeStep = () =>
            {
                if (engine?.Counters is not { GeneratedTokens: > 0 } counters)
                    return;
                isWriting.Set();
                mayGo.Wait();
                if (counters.Running > 0)
                    written.Add(counters.GeneratedTokens);
            },
        };
        await using (engine = new GenerationEngine(model, settings))
        {
            GenerationTicket stream = engine.Submit(
                new GenerationRequest
                {
                    Prompt = [1, 2, 3],
                    MaxTokens = 60,
                    StopIds = [],
                }
            );
            try
            {
                isWriting.Wait(TestContext.Current.CancellationToken);
                GenerationTicket longPrompt = engine.Submit(
                    new GenerationRequest { Prompt = [.. Enumerable.Range(0, 390).Select(i => i % 50)], MaxTokens = 1 }
                );
                mayGo.Set();
                await Read(longPrompt);
                await Read(stream);
            }
            finally
            {
                mayGo.Set();
            }
        }
        // 16 tokens of the prompt in each step: it takes 25 of them.
        Assert.Equal(Enumerable.Range(1, 25).Select(i => (long)i), written.Take(25));
    }
}
