using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: E experts, k chosen experts of a token, N rows: tokens of all sparse layers together.

/// <summary>
/// The auxiliary loss that balances experts (Fedus et al. 2021), as transformers computes it: E Σ f p over experts, with f the
/// choices of an expert divided by N, and p its mean probability, both over all sparse layers together; about k where experts
/// are used alike. Only p is differentiated. One object per pass; sparse layers add to it going forward. Owns its tensors.
/// </summary>
internal sealed class RouterLoss(double coefficient) : IDisposable
{
    private Tensor? _choices; // [E], wide
    private Tensor? _probabilities; // [E], wide, sums
    private long _rows;
    private bool _isClosed;

    /// <summary>By which the gradient counts beside the coefficient: a pass's part of a step.</summary>
    public double Share { get; set; } = 1;

    /// <summary>The loss, before the coefficient.</summary>
    public double Value
    {
        get
        {
            if (_choices is null)
                return 0;
            using var scope = NewDisposeScope();
            double sum = (_choices * _probabilities!).sum().to(ScalarType.Float64).cpu().item<double>();
            return _choices.size(0) * sum / ((double)_rows * _rows);
        }
    }

    /// <summary>After the forward pass: what is recomputed later does not count again.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Adds a layer's choices.</summary>
    /// <param name="logits">[T, E]</param>
    /// <param name="experts">[T, k]</param>
    /// <param name="wide">The dtype of sums.</param>
    public void Add(Tensor logits, Tensor experts, ScalarType wide)
    {
        if (_isClosed)
            return;
        using var scope = NewDisposeScope();
        long count = logits.size(1);
        Tensor flat = experts.reshape(-1);
        Tensor choices = zeros([count], dtype: wide, device: logits.device);
        choices.IndexAddInPlace(0, flat, ones_like(flat, dtype: wide));
        Tensor probabilities = logits.to(wide).softmax(1).sum([0L]);
        _choices ??= zeros_like(choices).DetachFromDisposeScope();
        _probabilities ??= zeros_like(probabilities).DetachFromDisposeScope();
        _choices.PlusInPlace(choices);
        _probabilities.PlusInPlace(probabilities);
        _rows += logits.size(0);
    }

    /// <summary>The gradient of share · coefficient · loss by every probability of a token [1, E].</summary>
    public Tensor Gradient(Tensor like) =>
        _choices!.to(like.dtype).Times(Share * coefficient * _choices.size(0) / ((double)_rows * _rows)).unsqueeze(0);

    public void Dispose()
    {
        _choices?.Dispose();
        _probabilities?.Dispose();
    }
}
