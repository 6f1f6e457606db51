using System.Text.Json.Nodes;
using Simper.Judging.OnPolicy;
using Simper.Text.Preferences;

namespace Simper.Tests.Judging.OnPolicy;

/// <summary>A model whose answers are the test's; counts how often it is asked.</summary>
internal sealed class ScriptedAnswers(Func<DataPrompt, IReadOnlyList<SampledAnswer>?> answers) : IAnswerSource
{
    private int _asked;

    public string Name { get; init; } = "scripted";

    public int Asked => _asked;

    public JsonObject Description => new() { ["name"] = Name };

    public bool ContinuesText { get; init; }

    public int PromptsAtOnce { get; init; } = 4;

    public Task<IReadOnlyList<SampledAnswer>?> AnswerAsync(DataPrompt prompt, CancellationToken cancel)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult(answers(prompt));
    }

    /// <summary>Answers of as many letters as numbers say.</summary>
    public static IReadOnlyList<SampledAnswer> OfLengths(params int[] lengths) =>
        [.. lengths.Select(l => new SampledAnswer(new string('a', l), false, l))];
}
