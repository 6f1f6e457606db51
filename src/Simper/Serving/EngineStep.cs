using Simper.Kernels;
using Simper.Models;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Serving;

/// <summary>One pass through the model for many sequences: tokens side by side, each with its part of the cache.</summary>
internal sealed class EngineStep(Decoder decoder, PageMemory memory)
{
    /// <summary>Rows from which on choosing tokens is shared among threads.</summary>
    private const int ManyRows = 4;

    /// <summary>
    /// Computes tokens of each sequence, scores those of prompts, and writes the next token of each sequence that has no others
    /// left to compute. What a single sequence cannot do ends that one.
    /// </summary>
    public void Run(IReadOnlyList<(Sequence Sequence, int Tokens)> parts, Action<Sequence, int> advance)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        List<(Sequence Sequence, int Row, int Place)> wanted = Wanted(parts, out int tokens);
        var ids = new long[tokens];
        var caches = new CachedHeads[parts.Count];
        int at = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            (Sequence sequence, int count) = parts[i];
            caches[i] = memory.Of([.. sequence.Pages], sequence.Computed);
            for (int j = 0; j < count; j++)
                ids[at++] = sequence.Tokens[sequence.Computed + j];
        }
        TokenLayout layout = TokenLayout.Of([.. parts.Select(p => (p.Tokens, -1))]);
        long[]? rows = wanted.Count == tokens ? null : [.. wanted.Select(w => (long)w.Row)];
        int[]? lengths = decoder.Shape.NeedsOwnPrompts ? [.. parts.Select(p => p.Sequence.Tokens.Count)] : null;
        Tensor? logits = decoder.Logits(ids, layout, caches, rows, lengths)?.to(ScalarType.Float32);
        HandOut(wanted, logits);
        foreach ((Sequence sequence, int count) in parts)
        {
            bool writes = sequence.Computed + count >= sequence.PromptLength && sequence.Room == 0;
            advance(sequence, count);
            sequence.GiveScores();
            if (writes && !sequence.IsFinished)
                sequence.End();
        }
    }

    /// <summary>
    /// The rows of the pass after which logits are needed, in order, and the place of the token that each is about.
    /// </summary>
    private static List<(Sequence Sequence, int Row, int Place)> Wanted(
        IReadOnlyList<(Sequence Sequence, int Tokens)> parts,
        out int tokens
    )
    {
        var wanted = new List<(Sequence, int, int)>();
        int start = 0;
        foreach ((Sequence sequence, int count) in parts)
        {
            int end = sequence.Computed + count;
            for (int place = sequence.Computed + 1; place <= end; place++)
            {
                bool writes = place == sequence.Tokens.Count && sequence.Room > 0;
                bool scores = sequence.Scores is not null && place >= sequence.Scored && place < sequence.PromptLength;
                if (writes || scores)
                    wanted.Add((sequence, start + place - sequence.Computed - 1, place));
            }
            start += count;
        }
        tokens = start;
        return wanted;
    }

    private static void HandOut(List<(Sequence Sequence, int Row, int Place)> wanted, Tensor? logits)
    {
        if (logits is null)
            return;
        (int First, int Count)[] runs = [.. Runs(wanted)];
        if (runs.Length < ManyRows)
        {
            foreach ((int First, int Count) run in runs)
                HandOut(wanted, run, logits);
            return;
        }
        Parallel.For(
            0,
            runs.Length,
            new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() },
            i => HandOut(wanted, runs[i], logits)
        );
    }

    // A run of rows of one sequence.
    private static void HandOut(List<(Sequence Sequence, int Row, int Place)> wanted, (int First, int Count) run, Tensor logits)
    {
        for (int i = run.First; i < run.First + run.Count; i++)
        {
            (Sequence sequence, _, int place) = wanted[i];
            ReadOnlySpan<float> row = TensorMemory.Row(logits, i);
            try
            {
                if (place < sequence.PromptLength)
                    sequence.Score(place, row);
                if (place == sequence.Tokens.Count)
                    sequence.Write(row);
            }
            catch (Exception e)
            {
                sequence.End(e is SimperException ? e : new EngineStoppedException(e));
                return;
            }
        }
    }

    private static IEnumerable<(int First, int Count)> Runs(List<(Sequence Sequence, int Row, int Place)> wanted)
    {
        int first = 0;
        for (int i = 1; i <= wanted.Count; i++)
        {
            if (i < wanted.Count && wanted[i].Sequence == wanted[first].Sequence)
                continue;
            yield return (first, i - first);
            first = i;
        }
    }
}
