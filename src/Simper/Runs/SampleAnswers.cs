using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Models;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>Answers to the same held-out prompts before and after training, to read what changed.</summary>
internal static class SampleAnswers
{
    /// <summary>Greedy answers to the prompts of the first groups, as lines of samples.jsonl.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, between two tokens.</exception>
    public static IReadOnlyList<JsonObject> Of(
        LanguageModel model,
        IReadOnlyList<TokenizedGroup> groups,
        int count,
        int tokens,
        string when,
        CancellationToken cancel = default
    )
    {
        (int Row, int[] Prompt)[] asked =
        [
            .. groups
                .Select(g => (g.Row, Prompt: g.PromptOf(0)))
                .Where(g => g.Prompt.Length > 0 && g.Prompt.Length < model.Shape.MaxPositions)
                .Take(count),
        ];
        if (asked.Length == 0)
            return [];
        IReadOnlyList<GeneratedAnswer> answers = new TextGenerator(model).Generate(
            [.. asked.Select(g => (IReadOnlyList<int>)g.Prompt)],
            new SamplingSettings { MaxNewTokens = tokens },
            cancel
        );
        cancel.ThrowIfCancellationRequested(); // the answers are cut then
        return
        [
            .. asked.Select(
                (group, i) =>
                    new JsonObject
                    {
                        ["when"] = when,
                        ["row"] = group.Row,
                        ["prompt"] = model.Files.Tokenizer.Decode(group.Prompt),
                        ["answer"] = model.Files.Tokenizer.Decode([.. answers[i].Ids], skipSpecialTokens: true),
                        ["tokens"] = answers[i].Ids.Count,
                        ["finish_reason"] = answers[i].Finish == FinishReason.Stop ? "stop" : "length",
                    }
            ),
        ];
    }
}
