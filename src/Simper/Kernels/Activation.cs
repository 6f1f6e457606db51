namespace Simper.Kernels;

/// <summary>The activation function of an MLP (<c>hidden_act</c>).</summary>
public enum Activation
{
    /// <summary>x σ(x) (Elfwing et al. 2017; <c>silu</c>, <c>swish</c>).</summary>
    Silu,

    /// <summary>x Φ(x) by its tanh approximation (Hendrycks and Gimpel 2016; <c>gelu_pytorch_tanh</c>).</summary>
    GeluTanh,

    /// <summary>x Φ(x) exactly, by the error function (<c>gelu</c>).</summary>
    Gelu,
}
