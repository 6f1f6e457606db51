using Simper.Kernels;
using Simper.Kernels.Cpu;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019; the rule and defaults of torch.optim.AdamW except for the weight decay, 0 as in
/// transformers), over the wide weights and with moments in the wide dtype. Weight decay skips norms and biases. Owns its state.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;

    /// <param name="parameters">What trains.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public AdamW(IEnumerable<Parameter> parameters)
    {
        _parameters = [.. parameters];
        if (_parameters.Length == 0)
            throw new ArgumentException("The model was loaded without weights to train.", nameof(parameters));
        _first = [.. _parameters.Select(p => p.NewState())];
        _second = [.. _parameters.Select(p => p.NewState())];
    }

    /// <summary>Updates so far, on which the correction of the moments' bias depends.</summary>
    public int Steps { get; internal set; }

    /// <summary>Decay of the running mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment: bounds the step where gradients vanish.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay of matrices per unit of learning rate.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Whether norms and biases decay as well, as in plain torch.optim.AdamW over all parameters.</summary>
    public bool DecaysVectors { get; init; }

    /// <summary>One update of all weights from their gradients; a missing gradient counts as zeros.</summary>
    /// <param name="learningRate">The step's rate.</param>
    /// <param name="gradientScale">A factor on the gradients, which clips them in the same pass over memory.</param>
    public void Step(double learningRate, double gradientScale = 1)
    {
        using var noGrad = no_grad();
        Steps++;
        for (int i = 0; i < _parameters.Length; i++)
        {
            Parameter parameter = _parameters[i];
            parameter.Update(
                _first[i],
                _second[i],
                new AdamWStep
                {
                    GradientScale = gradientScale,
                    LearningRate = learningRate * parameter.RateFactor,
                    Beta1 = Beta1,
                    Beta2 = Beta2,
                    Decay = parameter.IsMatrix || DecaysVectors ? WeightDecay : 0,
                    Epsilon = Epsilon,
                    Correction1 = 1 - Math.Pow(Beta1, Steps),
                    RootOfCorrection2 = Math.Sqrt(1 - Math.Pow(Beta2, Steps)),
                }
            );
        }
    }

    /// <summary>The moments by name; the optimizer owns them.</summary>
    internal IEnumerable<(string Name, Tensor Tensor)> State =>
        _parameters.SelectMany(
            (p, i) => ((string, Tensor)[])[("first_moments/" + p.Name, _first[i]), ("second_moments/" + p.Name, _second[i])]
        );

    /// <summary>Allocates and maps the memory of the first step: zero pages are mapped when they are written.</summary>
    internal void Touch()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second])
            tensor.zero_().Dispose(); // in-place calls return a second handle
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second])
            tensor.Dispose();
    }
}
