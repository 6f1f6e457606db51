namespace Simper.Text.Preferences;

/// <summary>
/// Which program's tokenization is reproduced (<c>compatibility</c>), so that its numbers can be matched.
/// </summary>
public enum Compatibility
{
    /// <summary>
    /// Simper's own: the prompt is that of generation, the answer what the assistant says, up to and including its end-of-turn
    /// token. Rows that teach nothing are dropped.
    /// </summary>
    Strict,

    /// <summary>
    /// TRL's DPO, KTO and SFT: the answers of a group begin where the ids of one of them diverge from the prompt's; everything
    /// after is scored, including what the template writes after the end token. Plain texts never go through the chat template.
    /// </summary>
    Trl,

    /// <summary>
    /// TRL's CPO, ORPO and SimPO: prompt and answer are strings first; each answer begins at its prompt's end or one token before
    /// it, and gets missing start and end tokens added, even after a template's line break.
    /// </summary>
    TrlCpo,

    /// <summary>
    /// The code of SimPER's authors: like <see cref="TrlCpo"/>, but the answer is rendered alone, so the header of its turn is
    /// scored; and rows that are too long lose the beginning of the prompt first
    /// (<see cref="TokenizationOptions.MaxPromptLength"/>).
    /// </summary>
    SimPerReference,
}
