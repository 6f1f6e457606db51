using System.Text.Json.Nodes;

namespace Simper.Judging.AlpacaEval;

/// <summary>
/// Has a judge compare a model's answers with a baseline's, as AlpacaEval 2 does: one token with the log-probs of the five
/// likeliest. Annotations are written as they come; those that are there already are not asked for again.
/// </summary>
/// <param name="client">The judge's server.</param>
public sealed class AlpacaAnnotator(JudgeClient client)
{
    private const string OfficialModel = "gpt-4-1106-preview";
    private const int EnoughToStop = 5; // answers of a judge that never gives log-probs

    /// <summary>Who annotates: the official annotator only with its own model.</summary>
    public string Annotator =>
        client.Endpoint.Model == OfficialModel ? AlpacaAnnotation.OfficialAnnotator : client.Endpoint.Model;

    /// <summary>Judges all pairs that have no annotation yet, and writes them all as <c>annotations.json</c>.</summary>
    /// <param name="outputs">The model's answers.</param>
    /// <param name="baseline">The baseline's, to the same instructions and in the official order.</param>
    /// <param name="folder">Where annotations.jsonl grows and annotations.json is written.</param>
    /// <param name="progress">Called with how many of how many are done.</param>
    /// <param name="cancel">Stops; what was judged stays.</param>
    /// <exception cref="SimperException">Answers do not match, or the judge cannot be used.</exception>
    public async Task<IReadOnlyList<AlpacaAnnotation>> RunAsync(
        IReadOnlyList<AlpacaOutput> outputs,
        IReadOnlyList<AlpacaOutput> baseline,
        string folder,
        Action<int, int>? progress = null,
        CancellationToken cancel = default
    )
    {
        IReadOnlyList<(AlpacaOutput Baseline, AlpacaOutput Model)> pairs = Joined(outputs, baseline);
        using JudgedRows rows = JudgedRows.Open(Path.Combine(folder, "annotations.jsonl"));
        var known = new Dictionary<(string, string, string), AlpacaAnnotation>();
        foreach (JsonObject row in rows.Rows)
        {
            AlpacaAnnotation annotation = AlpacaAnnotation.Of(row, Path.Combine(folder, "annotations.jsonl"));
            if (annotation.Annotator == Annotator)
                known[(annotation.Instruction, annotation.Baseline, annotation.Model)] = annotation;
        }
        (AlpacaOutput Baseline, AlpacaOutput Model)[] open =
        [
            .. pairs.Where(p => !known.ContainsKey((p.Model.Instruction, p.Baseline.Output, p.Model.Output))),
        ];
        int done = pairs.Count - open.Length;
        int silent = 0;
        progress?.Invoke(done, pairs.Count);
        await Parallel.ForEachAsync(
            open,
            new ParallelOptions { MaxDegreeOfParallelism = client.Endpoint.Together, CancellationToken = cancel },
            async (pair, token) =>
            {
                AlpacaAnnotation found = await JudgeAsync(pair.Baseline, pair.Model, token);
                lock (known)
                {
                    silent = found.Preference is null ? silent + 1 : int.MinValue / 2;
                    if (silent >= EnoughToStop)
                        throw new SimperException(
                            $"{client.Endpoint.Model} gives no log-probs for m or M in its first answers; AlpacaEval needs a "
                                + "judge whose server returns logprobs with top_logprobs for chat completions."
                        );
                    rows.Add(found.ToJson());
                    known[(found.Instruction, found.Baseline, found.Model)] = found;
                    progress?.Invoke(++done, pairs.Count);
                }
            }
        );
        AlpacaAnnotation[] all = [.. pairs.Select(p => known[(p.Model.Instruction, p.Baseline.Output, p.Model.Output)])];
        JudgeFiles.Write(Path.Combine(folder, "annotations.json"), new JsonArray([.. all.Select(a => a.ToJson())]));
        return all;
    }

    private async Task<AlpacaAnnotation> JudgeAsync(AlpacaOutput baseline, AlpacaOutput model, CancellationToken cancel)
    {
        var annotation = new AlpacaAnnotation(
            model.Instruction,
            baseline.Output,
            model.Output,
            baseline.Generator,
            model.Generator,
            baseline.Dataset ?? model.Dataset,
            Annotator,
            1.5,
            null
        );
        if (baseline.Output == model.Output)
            return annotation;
        bool isSwitched = AlpacaOrder.IsSwitched(model.Instruction);
        string prompt = AlpacaPrompt.Fill(model.Instruction, baseline.Output, model.Output, isSwitched);
        JsonObject completion = await client.CompleteAsync(
            new JsonObject
            {
                ["messages"] = JudgeFiles.Messages(AlpacaPrompt.Messages(prompt)),
                ["temperature"] = 1,
                ["max_tokens"] = 1,
                ["logprobs"] = true,
                ["top_logprobs"] = 5,
            },
            cancel
        );
        return annotation with { Preference = AlpacaVerdict.Of(completion, isSwitched), Completion = completion };
    }

    // In the order of the baseline, which is that of the difficulties.
    private static IReadOnlyList<(AlpacaOutput, AlpacaOutput)> Joined(
        IReadOnlyList<AlpacaOutput> outputs,
        IReadOnlyList<AlpacaOutput> baseline
    )
    {
        Dictionary<string, AlpacaOutput> byInstruction = outputs.ToDictionary(o => o.Instruction);
        (AlpacaOutput, AlpacaOutput)[] pairs =
        [
            .. baseline.Where(b => byInstruction.ContainsKey(b.Instruction)).Select(b => (b, byInstruction[b.Instruction])),
        ];
        if (pairs.Length < outputs.Count)
            throw new SimperException(
                $"{outputs.Count - pairs.Length} of {outputs.Count} instructions are not among the baseline's; answer those of "
                    + "its file, which are matched letter by letter."
            );
        return pairs;
    }
}
