using Simper.Batching;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Scoring;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Analysis;

/// <summary>
/// Measures <see cref="PairDirections"/>: each answer of a pair in a forward and backward pass of its own. Uses the gradients of
/// the model's weights and clears them; keeps a copy of them between the two answers of a pair, so it needs memory for two
/// gradients. Not thread safe. The caller owns the model, which may be trained between measurements.
/// </summary>
public sealed class GradientProbe : IDisposable
{
    // Values widened per chunk: products of float32 are summed in double precision without a wide copy of a whole matrix.
    private const long Chunk = 1 << 20;

    private readonly Decoder _decoder;
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _chosen;

    /// <param name="model">The policy.</param>
    public GradientProbe(LanguageModel model)
        : this(model.Decoder) { }

    internal GradientProbe(Decoder decoder)
    {
        (_decoder, _parameters) = (decoder, [.. decoder.Parameters]);
        _chosen = [.. _parameters.Select(p => empty_like(p.GradientBuffer()).DetachFromDisposeScope())];
    }

    /// <summary>Answers with more tokens have their activations recomputed: less memory, more time, the same numbers.</summary>
    public int KeptTokens { get; init; } = int.MaxValue;

    /// <summary>Rows of logits in memory at a time; 0 for the default. Affects memory and speed only.</summary>
    public long HeadRows { get; init; }

    /// <summary>Measures pairs.</summary>
    /// <param name="pairs">Groups of a chosen and a rejected answer.</param>
    /// <param name="references">The reference, of which only the sums are used; null for the policy itself.</param>
    /// <param name="progress">Receives the number of pairs done.</param>
    /// <param name="cancel">Stops between two pairs.</param>
    public IReadOnlyList<PairDirections> Measure(
        IReadOnlyList<TokenizedGroup> pairs,
        Reference? references = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    )
    {
        PairLogProbs.ExpectPairs(pairs);
        var found = new List<PairDirections>(pairs.Count);
        foreach (TokenizedGroup pair in pairs)
        {
            cancel.ThrowIfCancellationRequested();
            found.Add(Measure(pair, references));
            progress?.Report(found.Count);
        }
        return found;
    }

    private PairDirections Measure(TokenizedGroup pair, Reference? references)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double chosenSum = Backward(pair.Only(0));
        double chosenSquare = 0;
        double rejectedSquare = 0;
        double product = 0;
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor gradient = _parameters[i].GradientBuffer();
            chosenSquare += Product(gradient, gradient);
            _chosen[i].copy_(gradient);
        }
        double rejectedSum = Backward(pair.Only(1));
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor gradient = _parameters[i].GradientBuffer();
            rejectedSquare += Product(gradient, gradient);
            product += Product(gradient, _chosen[i]);
        }
        Clear();
        MicroBatch both = MicroBatch.Of([pair]);
        double[] reference =
            references?.For([pair], both, ScalarType.Float64).data<double>().ToArray() ?? [chosenSum, rejectedSum];
        return new PairDirections(
            PairLogProbs.Of(both.Answers[0], both.Answers[1], chosenSum, rejectedSum, reference[0], reference[1]),
            Math.Sqrt(chosenSquare),
            Math.Sqrt(rejectedSquare),
            product
        );
    }

    // Leaves ∇ log π of one answer in the parameters; returns log π.
    private double Backward(TokenizedGroup answer)
    {
        Clear();
        MicroBatch batch = MicroBatch.Of([answer]);
        using ScoringPass pass = ScoringPass.Forward(_decoder, batch, forBackward: true, batch.Tokens > KeptTokens, HeadRows);
        using Tensor one = ones_like(pass.Sums);
        pass.Backward(one);
        return pass.Sums.to(ScalarType.Float64).item<double>();
    }

    private void Clear()
    {
        foreach (Parameter parameter in _parameters)
            parameter.ClearGradient();
    }

    private static double Product(Tensor first, Tensor second)
    {
        double sum = 0;
        for (long start = 0; start < first.numel(); start += Chunk)
        {
            using var scope = NewDisposeScope();
            long length = Math.Min(Chunk, first.numel() - start);
            Tensor a = first.view(-1).narrow(0, start, length).to(ScalarType.Float64);
            sum += a.dot(second.view(-1).narrow(0, start, length).to(ScalarType.Float64)).item<double>();
        }
        return sum;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _chosen)
            tensor.Dispose();
        foreach (Parameter parameter in _parameters)
            parameter.DropGradient();
    }
}
