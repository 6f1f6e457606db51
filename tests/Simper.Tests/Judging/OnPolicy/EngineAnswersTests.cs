using Simper.Generation;
using Simper.Judging.OnPolicy;
using Simper.Serving;
using Simper.Tensors;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Tests.Judging.OnPolicy;

/// <summary>Answers of a small model without a chat template.</summary>
public sealed class EngineAnswersTests : IDisposable
{
    private readonly ServedModel _model = ServedModel.Load(
        "stories",
        SharedFiles.Path("data", "stories260K-hf"),
        Precision.Float32
    );

    public void Dispose() => _model.Dispose();

    private static AnswerSampling Sampling(int tokens = 12, long seed = 42) =>
        new()
        {
            Answers = 3,
            Tokens = new SamplingSettings
            {
                Temperature = 0.8,
                TopP = 0.95,
                MaxNewTokens = tokens,
                Seed = seed,
            },
        };

    private static DataPrompt Prompt(int index, string text, params ChatMessage[] more) =>
        new(index, [new ChatMessage("user", text), .. more], []) { Row = index + 1, Place = $"file, line {index + 1}" };

    private static readonly DataPrompt[] Prompts =
    [
        Prompt(0, "Once upon a time"),
        Prompt(1, "One day, a little girl named Lily"),
        Prompt(2, "Once upon a time"),
        Prompt(3, "The cat"),
    ];

    [Fact]
    public async Task An_answer_depends_on_its_prompt_and_place_alone()
    {
        var alone = new List<IReadOnlyList<SampledAnswer>>();
        foreach (DataPrompt prompt in Prompts)
        {
            await using var one = new EngineAnswers(_model, Sampling(), new EngineSettings { MaxSequences = 1 });
            alone.Add((await one.AnswerAsync(prompt, CancellationToken.None))!);
        }
        await using var all = new EngineAnswers(_model, Sampling());
        IReadOnlyList<SampledAnswer>?[] together = await Task.WhenAll(
            Prompts.Reverse().Select(p => all.AnswerAsync(p, CancellationToken.None))
        );
        for (int i = 0; i < Prompts.Length; i++)
            Assert.Equal(alone[i], together[^(i + 1)]);
        // The same text at another place has other answers, and so has another seed.
        Assert.NotEqual(alone[0], alone[2]);
        await using var other = new EngineAnswers(_model, Sampling(seed: 43));
        Assert.NotEqual(alone[0], await other.AnswerAsync(Prompts[0], CancellationToken.None));
    }

    [Fact]
    public async Task A_continuation_is_what_follows_the_text_and_is_cut_at_its_limit()
    {
        await using var source = new EngineAnswers(_model, Sampling(tokens: 2));
        Assert.True(source.ContinuesText);
        IReadOnlyList<SampledAnswer>? answers = await source.AnswerAsync(Prompts[3], CancellationToken.None);
        Assert.All(answers!, a => Assert.Equal((true, 2), (a.IsCut, a.Tokens!.Value)));
        Assert.Contains(answers!, a => a.Text.StartsWith(' '));
    }

    [Fact]
    public async Task A_prompt_without_room_for_an_answer_has_none()
    {
        string longest = string.Concat(Enumerable.Repeat("Once upon a time ", _model.MaxLength));
        await using var source = new EngineAnswers(_model, Sampling());
        Assert.Null(await source.AnswerAsync(Prompt(0, longest), CancellationToken.None));
    }

    [Fact]
    public async Task A_conversation_needs_a_chat_template()
    {
        await using var source = new EngineAnswers(_model, Sampling());
        var error = await Assert.ThrowsAsync<SimperException>(() =>
            source.AnswerAsync(Prompt(4, "Hi", new ChatMessage("assistant", "Hi"), new ChatMessage("user", "?")), default)
        );
        Assert.StartsWith("file, line 5: the model has no chat template", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_cancels_gets_no_answer()
    {
        await using var source = new EngineAnswers(_model, Sampling(tokens: 200));
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<SampledAnswer>?> answers = source.AnswerAsync(Prompts[0], stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answers);
    }

    [Fact]
    public async Task The_description_tells_models_apart()
    {
        await using var source = new EngineAnswers(_model, Sampling());
        Assert.Equal("stories", (string)source.Description["name"]!);
        Assert.Equal(64, ((string)source.Description["weights_sha256"]!).Length);
        Assert.Null(source.Description["chat_template_sha256"]);
    }
}
