using Simper.Kernels;
using Simper.Models;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Generation;

/// <summary>
/// Generates answers token by token with a cache of keys and values: several prompts at once, each with its own length and its
/// own draws, so that an answer does not depend on its neighbours. Needs exclusive use of the model: not thread safe.
/// </summary>
public sealed class TextGenerator(LanguageModel model)
{
    private readonly Decoder _decoder = model.Decoder;
    private readonly HashSet<int> _stops = [.. model.Files.StopIds];

    /// <summary>Answers to all prompts, in order.</summary>
    /// <param name="prompts">Token ids, at least one each.</param>
    /// <param name="settings">How to sample and when to stop.</param>
    /// <param name="cancel">Ends all answers between two tokens.</param>
    /// <param name="ends">Given a prompt's place and its answer so far: whether the answer ends there, at a stop text for
    /// example.</param>
    public IReadOnlyList<GeneratedAnswer> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts,
        SamplingSettings settings,
        CancellationToken cancel = default,
        Func<int, IReadOnlyList<int>, bool>? ends = null
    )
    {
        settings.Validate();
        Sequence[] sequences = [.. prompts.Select((p, i) => new Sequence(p, i, settings, _decoder))];
        try
        {
            List<Sequence> open = [.. sequences];
            while (open.Count > 0 && !cancel.IsCancellationRequested)
            {
                Advance(open, settings);
                foreach (Sequence sequence in open)
                    sequence.EndIf(ends is not null && ends(sequence.Index, sequence.Answer));
                open.RemoveAll(s => s.Finish is not null);
            }
            return [.. sequences.Select(s => new GeneratedAnswer(s.Answer, s.Finish ?? FinishReason.Length))];
        }
        finally
        {
            foreach (Sequence sequence in sequences)
                sequence.Dispose();
        }
    }

    /// <summary>The tokens of one answer, streamed.</summary>
    public IEnumerable<int> Stream(IReadOnlyList<int> prompt, SamplingSettings settings)
    {
        settings.Validate();
        using var sequence = new Sequence(prompt, 0, settings, _decoder);
        List<Sequence> open = [sequence];
        while (sequence.Finish is null)
        {
            Advance(open, settings);
            if (sequence.Answer.Count > 0)
                yield return sequence.Answer[^1];
        }
    }

    /// <summary>
    /// One more token for every open sequence: the first call is the prefill of the prompts, each further one decodes one token
    /// each.
    /// </summary>
    private void Advance(List<Sequence> open, SamplingSettings settings)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        TokenLayout layout = TokenLayout.Of([.. open.Select(s => (s.Unread.Count, -1))]);
        Tensor logits = _decoder.NextLogits(
            [.. open.SelectMany(s => s.Unread.Select(id => (long)id))],
            layout,
            [.. open.Select(s => s.Cache)]
        );
        logits = logits.to(ScalarType.Float32); // [open, V]
        for (int i = 0; i < open.Count; i++)
            open[i].Take(open[i].Chooser.Next(TensorMemory.Row(logits, i)), _stops);
    }

    private sealed class Sequence : IDisposable
    {
        public Sequence(IReadOnlyList<int> prompt, int index, SamplingSettings settings, Decoder decoder)
        {
            int longest = decoder.Shape.MaxPositions;
            if (prompt.Count == 0)
                throw new SimperException($"Prompt {index + 1} is empty; give it at least one token.");
            if (prompt.Count >= longest)
                throw new SimperException(
                    $"Prompt {index + 1} has {prompt.Count} tokens; the model reads at most {longest}, its answer included."
                );
            if (prompt.FirstOrDefault(id => id < 0 || id >= decoder.Shape.Vocabulary, -1) is var bad && bad != -1)
                throw new SimperException(
                    $"Prompt {index + 1} has the token id {bad}; the model knows ids from 0 to {decoder.Shape.Vocabulary - 1}."
                );
            (Unread, Index) = (prompt, index);
            Room = Math.Min(settings.MaxNewTokens, longest - prompt.Count);
            Cache = new KeyValueCache(decoder.Shape, prompt.Count + Room, decoder.Kernels);
            Chooser = new TokenChooser(settings, index, prompt);
        }

        /// <summary>The prompt's place.</summary>
        public int Index { get; }

        public KeyValueCache Cache { get; }

        public TokenChooser Chooser { get; }

        public IReadOnlyList<int> Unread { get; private set; }

        public List<int> Answer { get; } = [];

        public FinishReason? Finish { get; private set; }

        private int Room { get; }

        public void Take(int id, HashSet<int> stops)
        {
            Answer.Add(id);
            Unread = [id];
            if (stops.Contains(id))
                Finish = FinishReason.Stop;
            else if (Answer.Count >= Room)
                Finish = FinishReason.Length;
        }

        public void EndIf(bool ends)
        {
            if (ends)
                Finish ??= FinishReason.Stop;
        }

        public void Dispose() => Cache.Dispose();
    }
}
