using Simper.Server.Answers.ToolCalls;
using Simper.Serving;
using Simper.Text.Tokenization;

namespace Simper.Server.Answers;

/// <summary>A prompt to be answered, and how its answers are read.</summary>
internal sealed record AnswerTask
{
    /// <summary>What the engine is asked for.</summary>
    public required GenerationRequest Request { get; init; }

    /// <summary>The number of its first answer.</summary>
    public required int FirstChoice { get; init; }

    /// <summary>The field of the request that holds the prompt, for messages.</summary>
    public required string Param { get; init; }

    /// <summary>Texts that end an answer.</summary>
    public required IReadOnlyList<string> Stops { get; init; }

    /// <summary>What is shown of log-probs.</summary>
    public required ShownLogProbs Shown { get; init; }

    /// <summary>The tools whose calls are taken out; null to leave them.</summary>
    public ToolSet? Tools { get; init; }

    /// <summary>The prompt's tokens if the answer continues their text; null if it begins one.</summary>
    public int[]? Continued { get; init; }

    /// <summary>A reader of one of its answers.</summary>
    public AnswerReader Reader(HostedModel model, int sample) =>
        new(
            FirstChoice + sample,
            Decoder(model.Model.Tokenizer),
            Stops,
            Tools is null || model.ToolCalls == ToolCallFormats.None ? null : new ToolCallReader(model.ToolCalls, Tools),
            model.ToolMarks,
            Shown
        );

    // A token's text can depend on whether it begins a text: the last one of the prompt goes before, if it is whole.
    private IncrementalDecoder Decoder(Tokenizer tokenizer)
    {
        var decoder = new IncrementalDecoder(tokenizer);
        return Continued is not { Length: > 0 } || decoder.Append(Continued[^1]).Length > 0 ? decoder : new(tokenizer);
    }
}
