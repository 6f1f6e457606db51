namespace Simper.Analysis;

/// <summary>The next-token distribution after a prefix of an answer, which may be empty.</summary>
/// <param name="beginning">Tokens so far.</param>
/// <returns>A probability for each token of the vocabulary.</returns>
public delegate IReadOnlyList<double> NextTokenDistribution(IReadOnlyList<int> beginning);

/// <summary>
/// The total variation distance between two autoregressive models over whole answers, by enumerating them. An answer ends with
/// one of the end tokens. Prefixes that are not expanded leave a gap between the bounds: those of the maximum length, and those
/// that both models give less probability than the threshold.
/// </summary>
/// <param name="Low">Lower bound of the distance.</param>
/// <param name="High">Upper bound; equal to <paramref name="Low"/> where every prefix was expanded to its end.</param>
/// <param name="Answers">Complete answers enumerated.</param>
/// <param name="Beginnings">Prefixes at which the two models were evaluated.</param>
public sealed record SequenceVariation(double Low, double High, long Answers, long Beginnings)
{
    /// <summary>Measures it. Each model is called once per prefix: up to V^(L-1) + ... + V + 1 times.</summary>
    /// <param name="p">One model.</param>
    /// <param name="q">The other, over the same vocabulary.</param>
    /// <param name="ends">The tokens that end an answer.</param>
    /// <param name="maxLength">Longest answer, in tokens, its end token included.</param>
    /// <param name="leastMass">A prefix to which both models give less probability is not expanded; 0 expands all.</param>
    /// <param name="cancel">Stops between prefixes.</param>
    public static SequenceVariation Between(
        NextTokenDistribution p,
        NextTokenDistribution q,
        IReadOnlySet<int> ends,
        int maxLength,
        double leastMass = 0,
        CancellationToken cancel = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        var walk = new Walk(p, q, ends, maxLength, leastMass, cancel);
        walk.Follow([], 1, 1);
        // sums of rounded numbers may pass 1
        return new SequenceVariation(Math.Min(walk.Low, 1), Math.Min(walk.High, 1), walk.Answers, walk.Beginnings);
    }

    private sealed class Walk(
        NextTokenDistribution p,
        NextTokenDistribution q,
        IReadOnlySet<int> ends,
        int maxLength,
        double leastMass,
        CancellationToken cancel
    )
    {
        public double Low { get; private set; }

        public double High { get; private set; }

        public long Answers { get; private set; }

        public long Beginnings { get; private set; }

        public void Follow(List<int> beginning, double massP, double massQ)
        {
            cancel.ThrowIfCancellationRequested();
            Beginnings++;
            // A model that gives this prefix no probability has no next-token distribution.
            IReadOnlyList<double>? nextP = massP > 0 ? p(beginning) : null;
            IReadOnlyList<double>? nextQ = massQ > 0 ? q(beginning) : null;
            int vocabulary = (nextP ?? nextQ)!.Count;
            if (nextP is not null && nextQ is not null && nextP.Count != nextQ.Count)
                throw new ArgumentException(
                    $"The models have {nextP.Count} and {nextQ.Count} tokens; they have to share a vocabulary.",
                    nameof(beginning)
                );
            for (int token = 0; token < vocabulary; token++)
            {
                double a = massP * (nextP?[token] ?? 0);
                double b = massQ * (nextQ?[token] ?? 0);
                if (a == 0 && b == 0)
                    continue;
                if (ends.Contains(token))
                {
                    Answers++;
                    Add(0.5 * Math.Abs(a - b), 0.5 * Math.Abs(a - b));
                }
                else if (beginning.Count + 1 == maxLength || Math.Max(a, b) < leastMass)
                    Add(0.5 * Math.Abs(a - b), 0.5 * (a + b)); // after a prefix that is not expanded the models may agree or not
                else
                {
                    beginning.Add(token);
                    Follow(beginning, a, b);
                    beginning.RemoveAt(beginning.Count - 1);
                }
            }
        }

        private void Add(double low, double high) => (Low, High) = (Low + low, High + high);
    }
}
