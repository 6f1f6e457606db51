using Simper.Benchmarks;

namespace Simper.Judging.AlpacaEval;

/// <summary>Which of two answers the judge sees first: a coin that only the instruction decides.</summary>
public static class AlpacaOrder
{
    /// <summary>Whether the model's answer stands first, and the baseline's second.</summary>
    public static bool IsSwitched(string instruction) =>
        new PythonRandom($"is_switched_outputs{instruction}0").NextDouble() >= 0.5;
}
