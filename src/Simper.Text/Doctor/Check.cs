using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>A kind of fault that is looked for.</summary>
/// <param name="Id">Its stable name, in lower case with hyphens.</param>
/// <param name="Grade">How much it matters.</param>
/// <param name="What">What is the case, as a sentence that follows the number of rows ("12 rows: ...").</param>
/// <param name="Why">Why it matters.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record Check(string Id, Grade Grade, string What, string Why, string Fix)
{
    /// <summary>
    /// How much it matters in the modes of other programs, where it differs: they train on rows that strict drops.
    /// </summary>
    public Grade? Elsewhere { get; init; }

    /// <summary>Whether a mended copy of the data no longer has it.</summary>
    public bool IsMended { get; init; }

    /// <summary>How much it matters in a mode.</summary>
    public Grade In(Compatibility mode) => mode == Compatibility.Strict ? Grade : Elsewhere ?? Grade;
}
