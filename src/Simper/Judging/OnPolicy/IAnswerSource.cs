using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>A model that answers prompts, here or on a server. Thread safe.</summary>
public interface IAnswerSource
{
    /// <summary>Which model it is, in full: kept answers of another one are not used, and the provenance has it.</summary>
    JsonObject Description { get; }

    /// <summary>Whether prompts are texts that the model continues, since it has no chat template.</summary>
    bool ContinuesText { get; }

    /// <summary>How many prompts are to be answered at once, so that nothing waits.</summary>
    int PromptsAtOnce { get; }

    /// <summary>
    /// The answers to a prompt, which depend on it and its place only; null if the prompt leaves no room for an answer.
    /// </summary>
    /// <exception cref="SimperException">The prompt can never be answered, or a server does not answer.</exception>
    Task<IReadOnlyList<SampledAnswer>?> AnswerAsync(DataPrompt prompt, CancellationToken cancel);
}
