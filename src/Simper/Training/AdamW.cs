using Simper.Models;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019; the rule and defaults of torch.optim.AdamW but for the weight decay, 0 as in
/// transformers), over the masters and with moments in the wide type. Weight decay spares norms and biases. Owns its state.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _first, _second, _steps;

    /// <exception cref="ArgumentException">A parameter was loaded without a master.</exception>
    public AdamW(IEnumerable<Parameter> parameters)
    {
        // Decayed ones first: each half is one call of the fused operator.
        _parameters = [.. parameters.OrderBy(p => p.IsMatrix ? 0 : 1)];
        if (_parameters.FirstOrDefault(p => !p.IsTrainable) is { } frozen)
            throw new ArgumentException($"{frozen.Name} cannot be trained: the model was loaded without master weights.", nameof(parameters));
        _first = [.. _parameters.Select(p => zeros_like(p.Master).DetachFromDisposeScope())];
        _second = [.. _parameters.Select(p => zeros_like(p.Master).DetachFromDisposeScope())];
        _steps = [.. _parameters.Select(_ => zeros([], dtype: ScalarType.Float32).DetachFromDisposeScope())];
    }

    /// <summary>Decay of the running mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment: bounds the step where gradients vanish.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay of matrices per unit of learning rate.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Whether norms and biases decay as well, as plain torch.optim.AdamW over all parameters would have it.</summary>
    public bool DecaysVectors { get; init; }

    /// <summary>One update of all weights from their gradients; parameters without a gradient count as having zeros.</summary>
    public void Step(double learningRate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (Tensor step in _steps)
            step.add_(1);
        int matrices = _parameters.Count(p => p.IsMatrix);
        Update(..matrices, learningRate, WeightDecay);
        Update(matrices.., learningRate, DecaysVectors ? WeightDecay : 0);
        foreach (Parameter parameter in _parameters)
            parameter.RefreshCompute();
    }

    private void Update(Range which, double learningRate, double weightDecay)
    {
        Parameter[] parameters = _parameters[which];
        if (parameters.Length > 0)
        {
            Aten.FusedAdamW([.. parameters.Select(p => p.Master)], [.. parameters.Select(p => p.GradientBuffer())],
                _first[which], _second[which], _steps[which], learningRate, Beta1, Beta2, weightDecay, Epsilon);
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second, .. _steps])
            tensor.Dispose();
    }
}
