namespace Simper.Text.Preferences;

/// <summary>
/// How the ids of a group are made and which of them are scored: one class a <see cref="Compatibility"/>. Immutable, thread safe.
/// </summary>
internal interface ITokenizationRule
{
    /// <exception cref="SimperException">The row cannot be read in this way.</exception>
    TokenizationResult Tokenize(PreferenceGroup group);
}
