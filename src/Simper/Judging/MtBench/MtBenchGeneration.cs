using Simper.Generation;
using Simper.Models;
using Simper.Text.Templates;

namespace Simper.Judging.MtBench;

/// <summary>Answers the questions of MT-Bench with a local model: two turns, each category at its temperature.</summary>
/// <param name="model">The model; it must outlive this object.</param>
/// <param name="name">What the files call it.</param>
public sealed class MtBenchGeneration(LanguageModel model, string name)
{
    private const int AtOnce = 8; // conversations in a batch

    /// <summary>At most this many tokens a turn.</summary>
    public int MaxNewTokens { get; init; } = 1024;

    /// <summary>Seed of the samples.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Answers all questions that the file has no answer of this model to, and appends each to it, in FastChat's format.
    /// </summary>
    /// <exception cref="SimperException">The file cannot be written, or a question is too long for the model.</exception>
    public void Run(
        IReadOnlyList<MtBenchQuestion> questions,
        string file,
        Action<int, int>? progress = null,
        CancellationToken cancel = default
    )
    {
        using JudgedRows rows = JudgedRows.Open(file);
        HashSet<int> known =
        [
            .. rows.Rows.Select(r => MtBenchAnswer.Of(r, file)).Where(a => a.Model == name).Select(a => a.QuestionId),
        ];
        MtBenchQuestion[] open = [.. questions.Where(q => !known.Contains(q.Id))];
        int done = questions.Count - open.Length;
        progress?.Invoke(done, questions.Count);
        var answers = new TextAnswers(model);
        foreach (MtBenchQuestion[] batch in open.GroupBy(q => q.Temperature).SelectMany(g => g.Chunk(AtOnce)))
        {
            List<ChatMessage>[] conversations = [.. batch.Select(_ => new List<ChatMessage>())];
            for (int turn = 0; turn < batch.Max(q => q.Turns.Count); turn++)
            {
                int[] speaking = [.. Enumerable.Range(0, batch.Length).Where(i => turn < batch[i].Turns.Count)];
                foreach (int i in speaking)
                    conversations[i].Add(new ChatMessage("user", batch[i].Turns[turn]));
                IReadOnlyList<(string Text, FinishReason Finish)> found = answers.Answer(
                    [.. speaking.Select(i => answers.Prompt(conversations[i]))],
                    new SamplingSettings
                    {
                        MaxNewTokens = MaxNewTokens,
                        Temperature = batch[0].Temperature,
                        Seed = Seed + turn + 2 * batch[0].Id,
                    },
                    cancel
                );
                cancel.ThrowIfCancellationRequested();
                for (int k = 0; k < speaking.Length; k++)
                    conversations[speaking[k]].Add(new ChatMessage("assistant", found[k].Text.Trim()));
            }
            for (int i = 0; i < batch.Length; i++)
            {
                string[] turns = [.. conversations[i].Where(m => m.Role == "assistant").Select(m => m.Content)];
                rows.Add(new MtBenchAnswer(batch[i].Id, name, turns).ToJson(DateTimeOffset.UtcNow));
                progress?.Invoke(++done, questions.Count);
            }
        }
    }
}
