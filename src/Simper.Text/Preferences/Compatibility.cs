namespace Simper.Text.Preferences;

/// <summary>
/// Whose way of making tokens is followed (<c>compatibility</c>), so that another program's numbers can be met.
/// </summary>
public enum Compatibility
{
    /// <summary>
    /// Simper's own: the prompt is what generation reads, the answer what the assistant says, to the token that ends its turn.
    /// Rows that teach nothing are left out.
    /// </summary>
    Strict,

    /// <summary>
    /// TRL's DPO, KTO and SFT: the answers of a group begin where the ids of one of them leave the prompt's; all behind is
    /// scored, what the template writes after the end token too. Texts never go through the chat template.
    /// </summary>
    Trl,

    /// <summary>
    /// TRL's CPO, ORPO and SimPO: prompt and answer are strings first; each answer begins at its prompt's end or one token before
    /// it, and gets a start and an end token where they lack, after a template's line break too.
    /// </summary>
    TrlCpo,

    /// <summary>
    /// The code of SimPER's authors: as <see cref="TrlCpo"/>, but the answer is rendered alone, so the header of its turn is
    /// scored; and too long rows lose the beginning of the prompt first (<see cref="TokenizationOptions.MaxPromptLength"/>).
    /// </summary>
    SimPerReference,
}
