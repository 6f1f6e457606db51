using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using static Simper.Text.Tests.Preferences.TrlTokens;

namespace Simper.Text.Tests.Preferences;

/// <summary>The compatibility modes against what the trainers themselves made of the same rows.</summary>
public class TrlTokensTests
{
    public static TheoryData<string> AllRuns => Runs;

    [Theory]
    [MemberData(nameof(AllRuns))]
    public void Rows_become_the_trainer_s_tokens(string name)
    {
        JsonObject run = Read(name);
        TokenizationOptions options = OptionsOf(run);
        // DPO and KTO cut in the collator, behind the recorded tokens; the others before.
        TokenizedDataset cut = Tokenize(run, options);
        TokenizedDataset ours = run["tokens"]![0]!["prompt_ids"] is null ? cut : Tokenize(run, options with { MaxLength = 4096 });
        JsonNode[] theirs = [.. run["tokens"]!.AsArray()!];
        foreach (JsonNode tokens in theirs)
            Same(tokens, ours.Single(g => g.Row == (int)tokens["row"]! + 1));
        if (run["rows_used"] is { } used) // what the trainer dropped, we drop
            Assert.Equal(
                Numbers(used).Except(theirs.Select(t => (int)t["row"]!)),
                cut.Dropped.Select(d => d.Row - 1).Intersect(Numbers(used))
            );
    }

    [Theory]
    [MemberData(nameof(AllRuns))]
    public void The_first_micro_batch_holds_the_trainer_s_ids_and_scores_them(string name)
    {
        JsonObject run = Read(name);
        TokenizedDataset ours = Tokenize(run, OptionsOf(run));
        JsonArray sequences = run["steps"]![0]!["first"]!["sequences"]!.AsArray();
        Assert.NotEmpty(sequences);
        foreach (JsonNode? sequence in sequences)
        {
            TokenizedGroup group = ours.Single(g => g.Row == (int)sequence!["row"]! + 1);
            int answer = (string)sequence!["side"]! is "rejected" ? 1 : 0;
            Assert.Equal(Numbers(sequence["ids"]), Ids(group, answer));
            if (LearnsPrompt(run))
                continue;
            Assert.Equal(Numbers(sequence["scored"]), Counted(group, answer));
            Assert.Equal(sequence["logps"]!.AsArray().Count, group.Answers[answer].IsScored.Count(s => s));
            if ((string)sequence["side"]! is "desirable" or "undesirable" && group.Answers.Length == 1)
                Assert.Equal((string)sequence["side"]! == "desirable" ? 1 : -1, group.WeightOf(0));
        }
    }

    private static void Same(JsonNode theirs, TokenizedGroup ours)
    {
        if (theirs["chosen_labels"] is not null)
        {
            foreach ((string side, int answer) in new[] { ("chosen", 0), ("rejected", 1) })
            {
                Assert.Equal(Numbers(theirs[$"{side}_input_ids"]), Ids(ours, answer));
                Assert.Equal(Numbers(theirs[$"{side}_labels"]).Select(l => l == -100 ? 0 : 1), Counted(ours, answer));
            }
        }
        else if (theirs["chosen_ids"] is not null)
        {
            Assert.Equal(Numbers(theirs["prompt_ids"]), ours.Prompt);
            Assert.Equal(Numbers(theirs["chosen_ids"]), ours.Answers[0].Ids);
            Assert.Equal(Numbers(theirs["rejected_ids"]), ours.Answers[1].Ids);
            Assert.All(ours.Answers, a => Assert.DoesNotContain(false, a.IsScored));
        }
        else if (theirs["labels"] is { } labels)
        {
            Assert.Equal(Numbers(theirs["input_ids"]), Ids(ours, 0));
            if (Numbers(labels)[0] == -100) // else the prompt is learned too
                // the first label is shifted away
                Assert.Equal(Numbers(labels).Skip(1).Select(l => l == -100 ? 0 : 1), Counted(ours, 0).Skip(1));
        }
        else if (ours.Answers.Length == 1)
        {
            Assert.Equal(Numbers(theirs["prompt_ids"]), ours.Prompt);
            Assert.Equal(Numbers(theirs["completion_ids"]), ours.Answers[0].Ids);
            Assert.Equal((bool)theirs["label"]! ? 1 : -1, ours.WeightOf(0));
        }
        else // pairs given to KTO
        {
            Assert.Equal(Numbers(theirs["completion_ids"]), ours.Answers[(bool)theirs["label"]! ? 0 : 1].Ids);
        }
    }

    public static TheoryData<string, int> Seams =>
        [
            .. SharedFiles.Root is null
                ? [new TheoryDataRow<string, int>("DPO", 0) { Skip = SharedFiles.Reason }]
                : Read("seams.json")["rows"]!
                    .AsArray()
                    .SelectMany((_, i) => new TheoryDataRow<string, int>[] { ("DPO", i), ("CPO", i) }),
        ];

    [Theory]
    [MemberData(nameof(Seams))]
    public void Difficult_seams_fall_where_the_trainer_s_do(string trainer, int index)
    {
        JsonObject row = Read("seams.json")["rows"]![index]!.AsObject();
        JsonObject theirs = row[trainer]!.AsObject();
        Compatibility mode = trainer == "DPO" ? Compatibility.Trl : Compatibility.TrlCpo;
        string file = Path.Combine(Path.GetTempPath(), $"simper-seam-{Guid.NewGuid():N}.jsonl");
        try
        {
            File.WriteAllText(
                file,
                new JsonObject(
                    row.Where(c => c.Key is "prompt" or "chosen" or "rejected")
                        .Select(c => KeyValuePair.Create(c.Key, c.Value?.DeepClone()))
                ).ToJsonString()
            );
            TokenizationResult Ours() =>
                Make(new TokenizationOptions { Compatibility = mode })
                    .Tokenize(Assert.Single(PreferenceDataset.Open(file, mode)));
            if (theirs.Any(c => c.Key.Contains("error", StringComparison.OrdinalIgnoreCase)))
            {
                if (Record.Exception(() => Assert.NotNull(Ours().Drop)) is { } e)
                    Assert.IsType<SimperException>(e);
                return;
            }
            Same(theirs, Ours().Group!);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_authors_rendering_scores_the_header_of_the_answer_s_turn()
    {
        JsonObject run = Read("simper_authors_chat.json");
        GroupTokenizer tokenizer = Make(OptionsOf(run), (string?)run["chat_template"]);
        var rows = PreferenceDataset.Open(SharedFiles.Path("golden", "trl", (string)run["data"]!), Compatibility.SimPerReference);
        foreach (JsonNode? texts in run["rows"]!.AsArray())
        {
            TokenizedGroup group = tokenizer.Tokenize(rows.Single(g => g.Row == (int)texts!["row"]! + 1)).Group!;
            GroupTokenizer plain = Make(OptionsOf(run));
            TokenizedGroup same = plain
                .Tokenize(
                    new PreferenceGroup
                    {
                        Prompt = [new ChatMessage("user", (string)texts!["prompt"]!)],
                        Answers =
                        [
                            [new("assistant", (string)texts["chosen"]!)],
                            [new("assistant", (string)texts["rejected"]!)],
                        ],
                        IsText = true,
                    }
                )
                .Group!;
            Assert.Equal(same.Prompt, group.Prompt);
            Assert.Equal(same.Answers.Select(a => a.Ids), group.Answers.Select(a => a.Ids));
        }
    }

    [Fact]
    public void A_prompt_that_fills_the_length_leaves_cpo_an_empty_answer_and_us_a_row_less()
    {
        JsonObject run = Read("cpo_truncated.json");
        DroppedRow dropped = Assert.Single(Tokenize(run, OptionsOf(run)).Dropped);
        Assert.DoesNotContain(dropped.Row - 1, Numbers(run["rows_used"]));
        Assert.Contains("0/0", dropped.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_given_to_kto_are_all_chosen_rows_then_all_rejected_ones_each_with_the_completion_above()
    {
        JsonObject run = Read("kto_from_pairs.json");
        var unpaired = new UnpairedGroups(Tokenize(run, OptionsOf(run)));
        Mismatched(run, unpaired);
        Assert.Equal(run["tokens"]!.AsArray().Count, unpaired.Count);
    }

    public static TheoryData<string> KtoRuns =>
        SharedFiles.Rows(() => Runs.Select(r => r.Data).Where(r => Read(r)["tokens"]![0]!["KL_completion_ids"] is not null));

    [Theory]
    [MemberData(nameof(KtoRuns))]
    public void Completions_move_one_row_down_inside_each_batch(string name)
    {
        JsonObject run = Read(name);
        TokenizedDataset groups = Tokenize(run, OptionsOf(run));
        Mismatched(run, groups[0].Answers.Length == 1 ? groups : new UnpairedGroups(groups));
    }

    private static void Mismatched(JsonObject run, IReadOnlyList<TokenizedGroup> singles)
    {
        int batch = (int)run["settings"]!["per_device_train_batch_size"]!;
        var ours = new MismatchedGroups(singles, batch, (int)run["settings"]!["max_length"]!);
        JsonNode[] theirs = [.. run["tokens"]!.AsArray()!];
        Assert.Equal(theirs.Length, ours.Count);
        for (int i = 0; i < theirs.Length; i++)
        {
            Assert.Equal((int)theirs[i]["row"]! + 1, ours[i].Row);
            Assert.Equal(Numbers(theirs[i]["prompt_ids"]), ours[i].Prompt);
            Assert.Equal(Numbers(theirs[i]["completion_ids"]), ours[i].Answers[0].Ids);
            Assert.Equal(Numbers(theirs[i]["KL_completion_ids"]), ours[i].Answers[1].Ids);
            Assert.Equal([(bool)theirs[i]["label"]! ? 1 : -1, 0], ours[i].Weights!);
        }
        JsonArray sequences = run["steps"]![0]!["first"]!["kl_sequences"]!.AsArray();
        for (int i = 0; i < sequences.Count; i++)
        {
            Assert.Equal(Numbers(sequences[i]!["ids"]), Ids(ours[i], 1));
            Assert.Equal(Numbers(sequences[i]!["scored"]), Counted(ours[i], 1));
        }
    }
}
