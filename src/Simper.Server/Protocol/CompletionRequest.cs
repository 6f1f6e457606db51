using System.Text.Json;

namespace Simper.Server.Protocol;

/// <summary>A prompt of /v1/completions: a text, or the ids that the client made of it.</summary>
/// <param name="Text">The text; null for ids.</param>
/// <param name="Ids">The ids; null for a text.</param>
internal sealed record GivenPrompt(string? Text, int[]? Ids);

/// <summary>A request to /v1/completions.</summary>
internal sealed record CompletionRequest
{
    private const int DefaultTokens = 16; // OpenAI's

    /// <summary>What is to be continued.</summary>
    public required IReadOnlyList<GivenPrompt> Prompts { get; init; }

    /// <summary>How.</summary>
    public required AnswerOptions Options { get; init; }

    /// <summary>At most so many tokens; 0 scores the prompt alone.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Answers made of each prompt, of which the likeliest are sent.</summary>
    public required int BestOf { get; init; }

    /// <summary>Whether the prompt stands before its continuation.</summary>
    public required bool Echo { get; init; }

    /// <summary>Alternatives shown beside each token; null for no log-probs at all.</summary>
    public required int? LogProbs { get; init; }

    /// <summary>Whether the tokenizer adds its own tokens to a text, such as the one that begins a sequence.</summary>
    public required bool AddSpecialTokens { get; init; }

    /// <summary>Reads it.</summary>
    public static CompletionRequest Read(Fields fields, ModelLimits limits)
    {
        AnswerOptions options = AnswerOptions.Read(fields, limits);
        fields.Skip("model", "user");
        if (fields.Text("suffix") is { Length: > 0 })
            throw ApiException.Unsupported("suffix", "'suffix' is not supported: the models here continue a text at its end.");
        bool echo = fields.Flag("echo");
        int bestOf = (int)(fields.Whole("best_of", 1, RequestLimits.Answers) ?? options.Count);
        if (bestOf < options.Count)
            throw ApiException.Invalid("best_of", $"'best_of' is {bestOf}; it has to be at least 'n', {options.Count}.");
        if (bestOf > options.Count && options.IsStreamed)
            throw ApiException.Invalid("best_of", "'best_of' beyond 'n' cannot be streamed: the best is known at the end.");
        IReadOnlyList<GivenPrompt> prompts = PromptsOf(fields, limits);
        if (prompts.Count * bestOf > RequestLimits.AllAnswers)
            throw ApiException.Invalid(
                bestOf > options.Count ? "best_of" : "n",
                $"{prompts.Count} prompts with {bestOf} answers each are {prompts.Count * bestOf} answers; "
                    + $"at most {RequestLimits.AllAnswers} are made at once."
            );
        return new CompletionRequest
        {
            Prompts = prompts,
            Options = options,
            MaxTokens = (int)(fields.Whole("max_tokens", 0, limits.Context) ?? DefaultTokens),
            BestOf = bestOf,
            Echo = echo,
            LogProbs = (int?)fields.Whole("logprobs", 0, RequestLimits.Alternatives),
            // Who scores a text cuts the answer by the counts of a tokenizer that adds nothing.
            AddSpecialTokens = fields.Flag("add_special_tokens", otherwise: !echo),
        };
    }

    private static IReadOnlyList<GivenPrompt> PromptsOf(Fields fields, ModelLimits limits)
    {
        JsonElement prompt = fields.Any("prompt") ?? throw fields.Missing("prompt");
        if (prompt.ValueKind == JsonValueKind.String)
            return [new GivenPrompt(prompt.GetString(), null)];
        if (prompt.ValueKind != JsonValueKind.Array)
            throw fields.WrongType("prompt", prompt, "a string, an array of strings, an array of token ids or an array of these");
        JsonElement first = prompt.EnumerateArray().FirstOrDefault();
        if (first.ValueKind == JsonValueKind.Undefined)
            throw ApiException.Invalid("prompt", "Invalid 'prompt': the array is empty.", "empty_array");
        if (first.ValueKind == JsonValueKind.Number)
            return [new GivenPrompt(null, Ids(prompt, "prompt", limits))];
        IReadOnlyList<JsonElement> items = fields.List("prompt", RequestLimits.Prompts)!;
        return
        [
            .. items.Select(
                (item, i) =>
                    item.ValueKind switch
                    {
                        JsonValueKind.String when first.ValueKind == JsonValueKind.String => new GivenPrompt(
                            item.GetString(),
                            null
                        ),
                        JsonValueKind.Array when first.ValueKind == JsonValueKind.Array => new GivenPrompt(
                            null,
                            Ids(item, $"prompt[{i}]", limits)
                        ),
                        _ => throw fields.WrongType($"prompt[{i}]", item, "all strings, or all arrays of token ids"),
                    }
            ),
        ];
    }

    /// <summary>A list of token ids.</summary>
    public static int[] Ids(JsonElement list, string at, ModelLimits limits)
    {
        int count = list.GetArrayLength();
        if (count == 0)
            throw ApiException.Invalid(
                at,
                $"Invalid '{at}': the array is empty; a prompt has at least one token.",
                "empty_array"
            );
        if (count > limits.Context)
            throw ApiException.TooLong(at, $"'{at}' has {count} tokens", limits.Context);
        var ids = new int[count];
        int i = 0;
        foreach (JsonElement id in list.EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out ids[i]) || ids[i] < 0 || ids[i] >= limits.Vocabulary)
                throw ApiException.Invalid(
                    $"{at}[{i}]",
                    $"Invalid '{at}[{i}]': expected a token id from 0 to {limits.Vocabulary - 1}."
                );
            i++;
        }
        return ids;
    }
}
