namespace Simper.Text.Preferences;

/// <summary>
/// How a group's ids and loss mask are made: one class per <see cref="Compatibility"/>. Immutable, thread safe.
/// </summary>
internal interface ITokenizationRule
{
    /// <exception cref="SimperException">The row cannot be tokenized this way.</exception>
    TokenizationResult Tokenize(PreferenceGroup group);
}
