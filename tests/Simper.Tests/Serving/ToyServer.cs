using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Models;
using Simper.Serving;
using Simper.Tensors;
using Simper.Tests.Toys;

namespace Simper.Tests.Serving;

/// <summary>Small random models behind engines, and what engines answer.</summary>
internal static class ToyServer
{
    public const int Longest = 400;

    public static ServedModel Model(Precision precision, int? stop = null)
    {
        JsonObject config = JsonNode.Parse(ToyDecoder.Config)!.AsObject();
        config["max_position_embeddings"] = Longest;
        config["initializer_range"] = 0.3; // answers that do not repeat one token
        if (stop is not null)
            config["eos_token_id"] = stop;
        return new ServedModel("toy", LanguageModel.Create(new ModelFiles("toy", config), seed: 5, precision));
    }

    public static EngineSettings Pages(ServedModel model, int pages, int sequences = 8, int queue = 1000) =>
        new()
        {
            CacheBytes = Math.Max(1 << 16, pages * PageMemory.BytesOf(model.Model.Decoder.Shape, model.Model.Decoder.Kernels)),
            MaxSequences = sequences,
            QueueLimit = queue,
            PrefillTokens = 16,
        };

    public static async Task<Answer> Read(GenerationTicket ticket, int sample = 0)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in ticket.Samples[sample].Tokens())
            tokens.Add(token);
        return new Answer(tokens, await ticket.PromptTokens);
    }

    /// <summary>What a request gets from an engine of its own.</summary>
    public static async Task<Answer[]> Alone(ServedModel model, GenerationRequest request)
    {
        await using var engine = new GenerationEngine(model, new EngineSettings { MaxSequences = 1 });
        GenerationTicket ticket = engine.Submit(request);
        return await Task.WhenAll(ticket.Samples.Select(s => Read(ticket, s.Index)));
    }

    internal sealed record Answer(List<GeneratedToken> Tokens, IReadOnlyList<ScoredToken?> Prompt)
    {
        public IEnumerable<int> Ids => Tokens.Select(t => t.Id);

        public FinishReason? Finish => Tokens.Count == 0 ? null : Tokens[^1].Finish;

        /// <summary>Everything, every bit of it.</summary>
        public string Bits =>
            string.Join(' ', Tokens.Select(t => $"{t.Id}:{Hex(t.LogProb)}[{string.Join(',', t.Top.Select(Hex))}]{t.Finish}"))
            + " | "
            + string.Join(
                ' ',
                Prompt.Select(t => t is null ? "-" : $"{t.Id}:{Hex(t.LogProb)}[{string.Join(',', t.Top.Select(Hex))}]")
            );

        private static string Hex(TokenLogProb token) => $"{token.Id}:{Hex(token.LogProb)}";

        private static string Hex(float number) => Convert.ToHexString(BitConverter.GetBytes(number));
    }
}
