using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Models;
using Simper.Serving;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Golden;
using static Simper.Tests.Serving.ToyServer;
using static TorchSharp.torch;

namespace Simper.Tests.Serving;

/// <summary>
/// Every tiny checkpoint of the families folder through an engine, with others beside, in pages, with prefixes in common: what
/// the reference says, and the bits that each gets alone. Among them are experts, sinks, windows, soft caps, learned positions
/// and rotations that depend on a sequence's length.
/// </summary>
public class FamilyEngineTests
{
    // Log-probs are handed out in float32, of logits in float32.
    private const double Rounding = 2e-7;

    public static TheoryData<string> Folders => SharedFiles.Rows(() => SharedFiles.Folders("golden", "families"));

    public static TheoryData<string, string> FoldersAndTypes
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (ITheoryDataRow row in Folders)
            {
                foreach (string type in (string[])["float64", "float32", "bfloat16"])
                    rows.Add(new TheoryDataRow<string, string>((string)row.GetData()[0]!, type) { Skip = row.Skip });
            }
            return rows;
        }
    }

    private static ServedModel Load(string folder, Precision precision) =>
        ServedModel.Load(folder, SharedFiles.Path("golden", "families", folder), precision);

    private static Precision Named(string type) =>
        new[] { Precision.Float64, Precision.Float32, Precision.BFloat16 }.Single(p => p.Name == type);

    private static GenerationRequest Scored(int[] ids) =>
        new()
        {
            Prompt = ids,
            MaxTokens = 0,
            LogProbs = 2,
            ScoresPrompt = true,
        };

    private static GenerationRequest Greedy(int[] prompt, int tokens) =>
        new()
        {
            Prompt = prompt,
            MaxTokens = tokens,
            StopIds = [],
            LogProbs = 1,
            Sampling = new SamplingSettings { Temperature = 0 },
        };

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task Tokens_and_log_probs_are_the_reference_s(string folder)
    {
        await Judge(folder, Precision.Float64, 1e-5);
        await Judge(folder, Precision.Float32, 1e-4);
    }

    [Theory]
    [MemberData(nameof(FoldersAndTypes))]
    public async Task Each_gets_the_bits_that_it_gets_alone(string folder, string type)
    {
        using ServedModel model = Load(folder, Named(type));
        int[] ids = GoldenFile.Read("golden", "families", folder, "golden.json")["sequences"]![0]!["ids"]!.Ids();
        int longest = Math.Min(model.MaxLength - 8, 80);
        int[] start = [.. Enumerable.Range(0, longest).Select(i => ids[i % ids.Length])];
        GenerationRequest[] requests =
        [
            .. Enumerable.Range(1, 4).Select(i => Greedy([.. start[..^5], .. ids[i..(i + 5)]], 7) with { LogProbs = 2 }),
            .. new[] { 1, longest / 3, longest / 2 - 3, longest / 2 + 3 }.Select(n => Greedy(start[..Math.Max(1, n)], 9)),
            Scored(start),
            Scored(start[..^1]),
        ];
        var together = new List<string>();
        // So few pages that some have to give way.
        int pages = 2 * PageMemory.PagesOf(longest + 8) + 2;
        await using (var engine = new GenerationEngine(model, Pages(model, pages, sequences: 7)))
        {
            for (int round = 0; round < 2; round++) // anew, and with what the cache has
            {
                GenerationTicket[] tickets = [.. requests.Select(r => engine.Submit(r))];
                together.AddRange((await Task.WhenAll(tickets.Select(t => Read(t)))).Select(a => a.Bits));
            }
        }
        for (int i = 0; i < requests.Length; i++)
        {
            Answer alone = (await Alone(model, requests[i]))[0];
            Assert.Equal(alone.Bits, together[i]);
            Assert.Equal(alone.Bits, together[i + requests.Length]);
            if (type == "float64")
                JudgeByWholePasses(model.Model, requests[i], alone);
        }
    }

    private static void JudgeByWholePasses(LanguageModel model, GenerationRequest request, Answer answer)
    {
        if (request.MaxTokens > 0)
        {
            // The generator stops at the model's own stop tokens.
            int[] generated = GoldenFile.Greedy(model, [.. request.Prompt], request.MaxTokens);
            Assert.Equal(generated, answer.Ids.Take(generated.Length));
            return;
        }
        using Tensor logits = GoldenFile.Logits(model, [.. request.Prompt]);
        for (int t = 1; t < request.Prompt.Count; t++)
            Expect(LogProb(Toys.Numbers.Of(logits[t - 1]), request.Prompt[t]), answer.Prompt[t]!.LogProb, 1e-5);
    }

    private static async Task Judge(string folder, Precision precision, double tolerance)
    {
        using ServedModel model = Load(folder, precision);
        JsonNode golden = GoldenFile.Read("golden", "families", folder, "golden.json");
        await using var engine = new GenerationEngine(model, Pages(model, 40, sequences: 6));
        JsonNode[] sequences =
        [
            .. golden["sequences"]!.AsArray().Select(s => s!).Where(s => s["ids"]!.AsArray().Count <= engine.MaxLength),
        ];
        JsonNode[] pairs = [.. golden["pairs"]!.AsArray().Select(p => p!)];
        int[] prompt = golden["greedy"]!["prompt"]!.Ids();
        int[] generated = golden["greedy"]!["generated"]!.Ids();
        GenerationTicket greedy = engine.Submit(Greedy(prompt, generated.Length));
        GenerationTicket[] scored = [.. sequences.Select(s => engine.Submit(Scored(s["ids"]!.Ids())))];
        (GenerationTicket Chosen, GenerationTicket Rejected)[] judged =
        [
            .. pairs.Select(p =>
                (
                    engine.Submit(Scored([.. p["prompt"]!.Ids(), .. p["chosen"]!.Ids()])),
                    engine.Submit(Scored([.. p["prompt"]!.Ids(), .. p["rejected"]!.Ids()]))
                )
            ),
        ];
        Assert.Equal(generated, (await Read(greedy)).Ids);
        for (int i = 0; i < sequences.Length; i++)
        {
            IReadOnlyList<ScoredToken?> tokens = await scored[i].PromptTokens;
            int from = (int)sequences[i]["logits_from"]!;
            double[][] rows = [.. sequences[i]["logits"]!.AsArray().Select(r => r!.Doubles())];
            for (int r = 0; r < rows.Length && from + r + 1 < tokens.Count; r++)
                Expect(LogProb(rows[r], tokens[from + r + 1]!.Id), tokens[from + r + 1]!.LogProb, tolerance);
        }
        for (int i = 0; i < pairs.Length; i++)
        {
            int start = pairs[i]["prompt"]!.AsArray().Count;
            await ExpectSum(judged[i].Chosen, start, (double)pairs[i]["chosen_logp_sum"]!);
            await ExpectSum(judged[i].Rejected, start, (double)pairs[i]["rejected_logp_sum"]!);
        }

        async Task ExpectSum(GenerationTicket ticket, int start, double expected) =>
            Expect(expected, (await ticket.PromptTokens).Skip(start).Sum(t => (double)t!.LogProb), 2 * tolerance);
    }

    private static double LogProb(double[] logits, int id)
    {
        double highest = logits.Max();
        return logits[id] - highest - Math.Log(logits.Sum(l => Math.Exp(l - highest)));
    }

    private static void Expect(double expected, double found, double tolerance) =>
        GoldenFile.Close(expected, found, tolerance + Math.Abs(expected) * Rounding, "log-prob");
}
