using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>
/// Makes preference pairs of a model's own answers: samples several to each prompt, scores them, and writes pairs of them, with
/// where they come from. What was sampled and scored is kept as it comes, so that work that was stopped goes on; the result is
/// the same, byte for byte, however often it was.
/// </summary>
/// <param name="prompts">What is answered.</param>
/// <param name="source">Who answers; it must outlive this object.</param>
/// <param name="sampling">How, as the source was made.</param>
/// <param name="scorers">Who scores, one at least.</param>
/// <param name="pairs">Which pairs are made.</param>
public sealed class PairGeneration(
    PromptDataset prompts,
    IAnswerSource source,
    AnswerSampling sampling,
    IReadOnlyList<WeightedScorer> scorers,
    PairSettings pairs
)
{
    private const string Answered = "answers";
    private const string Scored = "scores";
    private const string TooLong = "too_long";

    private readonly string _sampled = ReadableJson.OneLine(
        new JsonObject { ["model"] = source.Description.DeepClone(), ["sampling"] = sampling.Description }
    );
    private readonly string _judged = ReadableJson.OneLine(new JsonArray([.. scorers.Select(s => s.Scorer.Description)]));

    /// <summary>Where what was found is kept until the pairs are written.</summary>
    public static string KeptPath(string output) => output + ".part";

    /// <summary>Where it is written what the pairs were made of.</summary>
    public static string ProvenancePath(string output) => output + ".provenance.json";

    /// <exception cref="SimperException">There is a file or folder of that name.</exception>
    public static void ExpectNew(string output)
    {
        if (Path.Exists(output))
            throw new SimperException($"{output} is there already; give another --output_file, or take it away.");
    }

    /// <summary>Answers, scores, and writes the pairs.</summary>
    /// <param name="output">The file of pairs, which must not be there.</param>
    /// <param name="progress">Called whenever a prompt is done, from any thread, one at a time.</param>
    /// <param name="cancel">Stops; what was found stays.</param>
    /// <exception cref="SimperException">A prompt cannot be answered or scored, there is no pair, or a file cannot be
    /// written.</exception>
    public async Task<PairCounts> RunAsync(
        string output,
        Action<PairProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        pairs.Validate();
        ExpectNew(output);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        using var kept = new KeptRecords(KeptPath(output), prompts.Count, [Answered, Scored], IsCurrent);
        await FindAsync(kept, progress, cancel);
        PairCounts counts = Write(kept, output, cancel);
        kept.Delete();
        return counts;
    }

    private async Task FindAsync(KeptRecords kept, Action<PairProgress>? progress, CancellationToken cancel)
    {
        var state = new PairProgress(0, prompts.Count, kept.Count(Answered), 0);
        var gate = new Lock();
        progress?.Invoke(state);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, prompts.Count),
            new ParallelOptions { MaxDegreeOfParallelism = source.PromptsAtOnce, CancellationToken = cancel },
            async (index, token) =>
            {
                int sampled = await FindAsync(kept, index, token);
                lock (gate)
                {
                    state = state with { Done = state.Done + 1, Sampled = state.Sampled + sampled };
                    progress?.Invoke(state);
                }
            }
        );
    }

    // The number of answers that had to be sampled.
    private async Task<int> FindAsync(KeptRecords kept, int index, CancellationToken cancel)
    {
        if (kept.Has(Scored, index))
            return 0;
        DataPrompt prompt = prompts[index];
        int sampled = 0;
        IReadOnlyList<SampledAnswer> answers;
        if (kept.Find(Answered, index) is { } record)
            answers = AnswersIn(record);
        else
        {
            IReadOnlyList<SampledAnswer>? found = await source.AnswerAsync(prompt, cancel);
            answers = found ?? [];
            sampled = answers.Count;
            kept.Add(
                Answered,
                index,
                KeyOf(prompt, Answered),
                new JsonObject { [TooLong] = found is null, [Answered] = new JsonArray([.. answers.Select(a => a.ToJson())]) }
            );
        }
        string[] texts = [.. ScoredAnswer.Distinct(answers).Select(a => a.Answer.Text)];
        var scores = new List<AnswerScores>();
        foreach (WeightedScorer scorer in scorers)
            scores.Add(texts.Length == 0 ? new AnswerScores([]) : await scorer.Scorer.ScoreAsync(prompt, texts, cancel));
        kept.Add(
            Scored,
            index,
            KeyOf(prompt, Scored),
            new JsonObject
            {
                [Scored] = new JsonArray([.. scores.Select(s => new JsonArray([.. s.Scores.Select(x => JsonValue.Create(x))]))]),
                ["invalid_replies"] = scores.Sum(s => s.InvalidReplies),
            }
        );
        return sampled;
    }

    private PairCounts Write(KeptRecords kept, string output, CancellationToken cancel)
    {
        var rows = new PairRows(pairs, scorers, source.ContinuesText);
        var counts = new PairCounts { Prompts = prompts.Count };
        (double sum, int count) scored = (0, 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new AsideFile(output);
        for (int index = 0; index < prompts.Count; index++)
        {
            cancel.ThrowIfCancellationRequested();
            (JsonObject answered, JsonObject record) = (kept.Find(Answered, index)!, kept.Find(Scored, index)!);
            IReadOnlyList<SampledAnswer> sampled = AnswersIn(answered);
            ScoredAnswer[] answers = [.. Joined(sampled, record)];
            counts = counts.With(sampled, answers, (int)record["invalid_replies"]!);
            scored.sum += answers.Sum(a => a.Copies * (a.Total ?? 0));
            scored.count += answers.Where(a => a.Total is not null).Sum(a => a.Copies);
            (IReadOnlyList<JsonObject> made, PromptOutcome outcome) = (bool)answered[TooLong]!
                ? ([], PromptOutcome.TooLong)
                : rows.Of(prompts[index], answers);
            counts = counts.With(outcome, made.Count);
            foreach (JsonObject row in made)
            {
                byte[] line = Encoding.UTF8.GetBytes(ReadableJson.OneLine(row) + "\n");
                file.Stream.Write(line);
                hash.AppendData(line);
            }
        }
        counts = counts with { MeanScore = scored.count > 0 ? scored.sum / scored.count : double.NaN };
        if (counts.Rows == 0)
            throw new SimperException(
                $"No pair came of {prompts.Count:N0} prompts: {string.Join(", ", counts.WithoutPairs)}. The answers are kept in "
                    + $"{KeptPath(output)}: the same command with another score uses them; or ask for more answers, or a higher "
                    + "temperature."
            );
        JudgeFiles.Write(ProvenancePath(output), Provenance(counts, output, Convert.ToHexStringLower(hash.GetHashAndReset())));
        file.Commit();
        return counts;
    }

    private IEnumerable<ScoredAnswer> Joined(IReadOnlyList<SampledAnswer> sampled, JsonObject record)
    {
        JsonArray scores = record[Scored]!.AsArray();
        return ScoredAnswer
            .Distinct(sampled)
            .Select((answer, i) => ScoredAnswer.Of(answer, [.. scores.Select(s => (double?)s!.AsArray()[i])], scorers));
    }

    private static IReadOnlyList<SampledAnswer> AnswersIn(JsonObject record) =>
        [.. record[Answered]!.AsArray().Select(a => SampledAnswer.Of(a!.AsObject()))];

    private bool IsCurrent(int index, string kind, string key) => KeyOf(prompts[index], kind) == key;

    // All that the record depends on.
    private string KeyOf(DataPrompt prompt, string kind)
    {
        var text = new StringBuilder(_sampled).Append('\n').Append(prompt.Index);
        foreach (Text.Templates.ChatMessage message in prompt.Messages)
            text.Append('\n').Append(ReadableJson.OneLine(message.ToJson()));
        text.Append('\n').Append(prompt.Tools?.ToJsonString()).Append('\n').Append(prompt.TemplateVariables?.ToJsonString());
        if (kind == Scored)
            text.Append('\n').Append(_judged).Append('\n').Append(prompt.Columns.ToJsonString());
        return FileHash.Sha256(Encoding.UTF8.GetBytes(text.ToString()))[..16];
    }

    private JsonObject Provenance(PairCounts counts, string output, string sha256) =>
        new()
        {
            ["made_by"] = "simper data generate",
            ["version"] = typeof(PairGeneration).Assembly.GetName().Version?.ToString(3),
            ["file"] = new JsonObject
            {
                ["name"] = Path.GetFileName(output),
                ["rows"] = counts.Rows,
                ["sha256"] = sha256,
            },
            ["prompts"] = new JsonObject
            {
                ["path"] = Secrets.Masked(prompts.Path),
                ["dataset_columns"] = prompts.Columns.IsEmpty ? null : prompts.Columns.ToJson(),
                ["rows"] = prompts.Rows,
                ["prompts"] = prompts.Count,
                ["rows_without_prompt"] = prompts.Dropped.Count,
                ["sha256_of_rows"] = prompts.Fingerprint,
            },
            ["model"] = source.Description.DeepClone(),
            ["sampling"] = sampling.Description,
            ["scoring"] = new JsonArray([
                .. scorers.Select(s =>
                {
                    JsonObject scorer = s.Scorer.Description;
                    scorer["weight"] = s.Weight;
                    return scorer;
                }),
            ]),
            ["pairing"] = pairs.Description,
            ["counts"] = counts.ToJson(),
        };
}

/// <summary>How far the work is.</summary>
/// <param name="Done">Prompts that are answered and scored.</param>
/// <param name="All">Prompts.</param>
/// <param name="Kept">Prompts whose answers were there at the start.</param>
/// <param name="Sampled">Answers that were sampled since.</param>
public readonly record struct PairProgress(int Done, int All, int Kept, int Sampled);
