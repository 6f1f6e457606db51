using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Text.Tokenization;

namespace Simper.Benchmarks;

/// <summary>
/// Requests as token ids, with the rules of lm-evaluation-harness for Hugging Face models: blanks at a context's end belong to
/// the continuation, both are encoded as one text and divided by the number of the context's tokens, and what is too long loses
/// its beginning. Immutable, thread safe.
/// </summary>
public sealed class RequestEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly string _prefixText;
    private readonly string _endText;

    /// <param name="files">The model's.</param>
    /// <param name="maxLength">The most tokens that the model is given.</param>
    /// <exception cref="SimperException">The model names no token that begins or ends a text.</exception>
    public RequestEncoder(ModelFiles files, int maxLength)
    {
        _tokenizer = files.Tokenizer;
        MaxLength = maxLength;
        int? end = Id(files.EosToken) ?? Id(files, "eos_token_id");
        PrefixId =
            Id(files.BosToken)
            ?? Id(files, "bos_token_id")
            ?? end
            ?? throw new SimperException(
                $"{files.Source}: it names neither bos_token nor eos_token, one of which begins a text."
            );
        _prefixText = _tokenizer.Decode([PrefixId]);
        _endText = end is { } id ? _tokenizer.Decode([id]) : "";
    }

    /// <summary>The most tokens that the model is given.</summary>
    public int MaxLength { get; }

    /// <summary>The token that stands in front of a text without context.</summary>
    public int PrefixId { get; }

    /// <summary>A text with what the tokenizer adds, but not a second token that begins it.</summary>
    public int[] Encode(string text) =>
        _tokenizer.EncodeToIds(
            text,
            addSpecialTokens: _prefixText.Length == 0 || !text.StartsWith(_prefixText, StringComparison.Ordinal)
        );

    /// <summary>The ids of a context, and those of the continuation behind it.</summary>
    /// <exception cref="SimperException">The context is nothing but blanks, which no tokenizer rule covers.</exception>
    public (int[] Context, int[] Continuation) Pair(string context, string continuation)
    {
        if (context.Length == 0)
        {
            int[] alone = _tokenizer.EncodeToIds(continuation);
            return alone.Length > 0 && alone[0] == PrefixId ? (alone[..1], alone[1..]) : ([PrefixId], alone);
        }
        string kept = PythonText.TrimEnd(context);
        continuation = context[kept.Length..] + continuation;
        int[] whole = Encode(kept + continuation);
        int[] before = Encode(kept);
        if (before.Length == 0)
            throw new SimperException("A context is nothing but white space, behind which no continuation can be scored.");
        return (before, before.Length < whole.Length ? whole[before.Length..] : []);
    }

    /// <summary>The context that is given to the model for a continuation: without its beginning, if both are too long.</summary>
    /// <exception cref="SimperException">There is no continuation, or it is longer than the model reads.</exception>
    public int[] Fitted(int[] context, int[] continuation)
    {
        if (continuation.Length == 0)
            throw new SimperException("A continuation has no token of its own: the tokenizer joins it with the context.");
        if (continuation.Length > MaxLength)
            throw new SimperException(
                $"A continuation has {continuation.Length} tokens; at most {MaxLength} are read (--max_length)."
            );
        int room = MaxLength + 1 - continuation.Length;
        return context.Length <= room ? context : context[^room..];
    }

    /// <summary>
    /// The windows of a text, each with the ids that are read before those that are predicted: every id is predicted once.
    /// </summary>
    public IEnumerable<(int[] Context, int[] Continuation)> Windows(string text)
    {
        int[] ids = Encode(text);
        int first = Math.Min(MaxLength, ids.Length);
        if (first == 0)
            yield break;
        yield return ([PrefixId], ids[..first]);
        for (int done = first; done < ids.Length; )
        {
            int count = Math.Min(ids.Length - done, MaxLength);
            int end = done + count;
            // as many tokens are read as the model can, so that the last window has more context
            yield return (ids[(end - MaxLength - 1)..done], ids[done..end]);
            done = end;
        }
    }

    /// <summary>A context for generation, without its beginning if it leaves too little room.</summary>
    /// <param name="context">The context.</param>
    /// <param name="newTokens">How many tokens may be generated.</param>
    /// <exception cref="SimperException">There is no room for so many.</exception>
    public int[] Prompt(string context, int newTokens)
    {
        int room = MaxLength - newTokens;
        if (room <= 0)
            throw new SimperException(
                $"max_gen_toks is {newTokens}, and the model reads {MaxLength} tokens in all; give the task "
                    + "fewer, or --gen_kwargs max_gen_toks=N."
            );
        int[] ids = Encode(context);
        return ids.Length <= room ? ids : ids[^room..];
    }

    /// <summary>The texts that end an answer: the task's, and that of the token that ends a text.</summary>
    public IReadOnlyList<string> Stops(JsonNode? until)
    {
        List<string> stops = until switch
        {
            null => [],
            JsonArray list => [.. list.Select(s => s?.ToString() ?? "")],
            _ => [until.ToString()],
        };
        if (!stops.Contains(_endText))
            stops.Add(_endText);
        return [.. stops.Where(s => s.Length > 0)];
    }

    /// <summary>An answer up to the first of each stop text in turn.</summary>
    public static string Cut(string answer, IEnumerable<string> stops)
    {
        foreach (string stop in stops)
        {
            if (answer.IndexOf(stop, StringComparison.Ordinal) is >= 0 and var at)
                answer = answer[..at];
        }
        return answer;
    }

    private int? Id(string? token) => token is null ? null : _tokenizer.IdOf(token);

    private static int? Id(ModelFiles files, string key) =>
        files.Config[key] is JsonValue value && int.TryParse(value.ToJsonString(), out int id) ? id : null;
}
