namespace Simper.Kernels;

/// <summary>The limits of a clamped gate (<see cref="KernelSet.ClampedGate"/>).</summary>
/// <param name="Limit">The largest gate, and the largest up in either direction (<c>swiglu_limit</c>).</param>
/// <param name="Slope">Within the logistic function (<c>swiglu_alpha</c>).</param>
public readonly record struct GateClamp(double Limit, double Slope);
