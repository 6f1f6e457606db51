namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>Which instructions of a prompt an answer follows.</summary>
/// <param name="Strict">By instruction: the answer as it is.</param>
/// <param name="Loose">By instruction: any of eight variants, without the first line, the last one, and asterisks.</param>
public sealed record InstructionVerdicts(IReadOnlyList<bool> Strict, IReadOnlyList<bool> Loose)
{
    /// <summary>Whether all instructions are followed strictly.</summary>
    public bool AllStrict => Strict.All(v => v);

    /// <summary>Whether all instructions are followed loosely.</summary>
    public bool AllLoose => Loose.All(v => v);
}
