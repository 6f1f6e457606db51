using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Exports;

/// <summary>
/// The sequences by which an export is judged: rendered prompts, and the held-out pairs of the run, or pairs of a data file.
/// </summary>
internal static class ExportProbes
{
    private const int SyntheticTokens = 24;
    private const int SyntheticSequences = 4;

    private static readonly string[] Questions =
    [
        "What is the capital of France?",
        "Explain in one sentence why the sky is blue.",
        "Write a function that adds two numbers, in Python.",
        "Bonjour, 你好, привет! 3.14 + 2 = ?",
    ];

    /// <summary>The probes of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="run">The folder that was named, perhaps a run's.</param>
    /// <param name="dataset">A file of pairs in place of the run's; null for none.</param>
    /// <param name="pairs">At most how many pairs.</param>
    /// <param name="cancel">Stops between blocks of rows.</param>
    public static IReadOnlyList<ExportProbe> Of(
        LanguageModel model,
        string run,
        string? dataset,
        int pairs,
        CancellationToken cancel = default
    )
    {
        if (model.Files.TokenizerJson is null)
            return Synthetic(model.Shape.Vocabulary);
        IEnumerable<ExportProbe> ofPairs = dataset is not null
            ? OfFile(model.Files, dataset, pairs, cancel)
            : OfRun(model.Files, Path.Combine(run, "pairs.jsonl"), pairs);
        return [.. Prompts(model.Files), .. ofPairs];
    }

    /// <summary>The conversations that are rendered.</summary>
    public static IEnumerable<IReadOnlyList<ChatMessage>> Conversations =>
        [
            .. Questions.Select(q => (IReadOnlyList<ChatMessage>)[new ChatMessage("user", q)]),
            [
                new ChatMessage("user", Questions[0]),
                new ChatMessage("assistant", "Paris."),
                new ChatMessage("user", "And of Italy?"),
            ],
        ];

    private static IEnumerable<ExportProbe> Prompts(ModelFiles files)
    {
        GroupTokenizer tokenizer = files.GroupTokenizer();
        foreach (IReadOnlyList<ChatMessage> conversation in Conversations)
        {
            int[] ids = tokenizer.Prompt(conversation);
            yield return new ExportProbe("prompt", files.Tokenizer.Decode(ids), ids, From: 1);
        }
    }

    private static IEnumerable<ExportProbe> OfFile(ModelFiles files, string dataset, int pairs, CancellationToken cancel)
    {
        GroupTokenizer tokenizer = files.GroupTokenizer();
        return PreferenceDataset
            .Open(dataset, new DatasetOptions(), cancel)
            .Select(group => tokenizer.Tokenize(group).Group)
            .OfType<TokenizedGroup>()
            .Take(pairs)
            .SelectMany(group =>
                group.Answers.Select(
                    (answer, i) =>
                    {
                        int[] prompt = group.PromptOf(i);
                        int[] ids = [.. prompt, .. answer.Ids];
                        return new ExportProbe(dataset, files.Tokenizer.Decode(ids), ids, Math.Max(1, prompt.Length));
                    }
                )
            );
    }

    // Lines from before the training: each held-out pair once, its texts as they were scored.
    private static IEnumerable<ExportProbe> OfRun(ModelFiles files, string path, int pairs)
    {
        if (!File.Exists(path))
            yield break;
        int found = 0;
        foreach (string line in File.ReadLines(path))
        {
            if (JsonNode.Parse(line) is not JsonObject row || (string?)row["when"] != "before" || found++ == pairs)
                continue;
            if (found > pairs)
                yield break;
            string prompt = (string?)row["prompt"] ?? "";
            int from = Math.Max(1, files.Tokenizer.EncodeToIds(prompt).Length);
            foreach (string? answer in (string?[])[(string?)row["chosen"], (string?)row["rejected"]])
            {
                if (answer is null)
                    continue;
                int[] ids = files.Tokenizer.EncodeToIds(prompt + answer);
                if (ids.Length > from)
                    yield return new ExportProbe(path, prompt + answer, ids, from);
            }
        }
    }

    private static ExportProbe[] Synthetic(int vocabulary) =>
        [
            .. Enumerable
                .Range(0, SyntheticSequences)
                .Select(s => new ExportProbe(
                    "ids",
                    Text: null,
                    [.. Enumerable.Range(0, SyntheticTokens).Select(i => (s * 31 + i * i * 7 + i) % vocabulary)],
                    From: 1
                )),
        ];
}
