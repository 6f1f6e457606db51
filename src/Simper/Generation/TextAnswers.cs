using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Generation;

/// <summary>
/// A model that answers in text: conversations in the model's own chat template, or plain texts that it continues. Needs
/// exclusive use of the model: not thread safe.
/// </summary>
/// <param name="model">The model; it must outlive this object.</param>
public sealed class TextAnswers(LanguageModel model)
{
    private readonly TextGenerator _generator = new(model);

    /// <summary>The ids of a conversation that the model is to answer.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="tools">The tools passed to the template.</param>
    /// <exception cref="SimperException">The model has no chat template, or the template refuses the conversation.</exception>
    public IReadOnlyList<int> Prompt(IReadOnlyList<ChatMessage> messages, JsonArray? tools = null) =>
        model.Files.GroupTokenizer().Prompt(messages, tools);

    /// <summary>The ids of a text for the model to continue, without its chat template.</summary>
    public IReadOnlyList<int> Prompt(string text) => model.Files.Tokenizer.EncodeToIds(text, addSpecialTokens: true);

    /// <summary>Answers to all prompts, in order, computed as one batch.</summary>
    /// <param name="prompts">Of <see cref="Prompt(IReadOnlyList{ChatMessage}, JsonArray?)"/>, for example.</param>
    /// <param name="settings">How to sample and when to stop.</param>
    /// <param name="cancel">Ends all answers between two tokens.</param>
    public IReadOnlyList<(string Text, FinishReason Finish)> Answer(
        IReadOnlyList<IReadOnlyList<int>> prompts,
        SamplingSettings settings,
        CancellationToken cancel = default
    ) =>
        [
            .. _generator
                .Generate(prompts, settings, cancel)
                .Select(a => (model.Files.Tokenizer.Decode([.. a.Ids], skipSpecialTokens: true), a.Finish)),
        ];

    /// <summary>The text of one answer in pieces, streamed.</summary>
    public IEnumerable<string> Stream(IReadOnlyList<ChatMessage> messages, SamplingSettings settings)
    {
        var decoder = new IncrementalDecoder(model.Files.Tokenizer);
        foreach (int id in _generator.Stream(Prompt(messages), settings))
            yield return decoder.Append(id);
        yield return decoder.Flush();
    }
}
