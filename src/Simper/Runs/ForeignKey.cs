namespace Simper.Runs;

/// <summary>
/// A key of TRL, transformers or their relatives that is not ours, and how it is handled. A key without a value is always
/// accepted: that is how those files write unset keys.
/// </summary>
/// <param name="Silent">Values, in lower case, that mean what Simper does anyway.</param>
/// <param name="Noted">Values that are accepted with a note; null is every value.</param>
/// <param name="Note">Why they have no effect; may be empty.</param>
/// <param name="Advice">What to do if a value is refused.</param>
internal sealed record ForeignKey(string[] Silent, string[]? Noted, string Note, string Advice)
{
    /// <summary>Without effect, whatever the value.</summary>
    public static ForeignKey WithoutEffect(string note) => new([], null, note, "");

    /// <summary>Other values would change the run.</summary>
    public static ForeignKey Only(string[] values, string advice) => new(values, [], "", advice);

    /// <summary>A name that other tools have or once had.</summary>
    public static ForeignKey Gone(string advice) => new([], [], "", advice) { IsGone = true };

    /// <summary>Whether the name itself is the mistake.</summary>
    private bool IsGone { get; init; }

    /// <summary>Accepts a value, with a note if there is something to say.</summary>
    /// <exception cref="SimperException">The value would change the run.</exception>
    public void Check(RecipeEntry entry, RecipeReading reading)
    {
        string value = entry.Value.ToLowerInvariant();
        if (value.Length == 0 || Silent.Contains(value))
            return;
        if (Noted is null || Noted.Contains(value))
        {
            reading.Idle(entry, Note);
            return;
        }
        throw new SimperException(
            IsGone ? $"{entry.Unknown}; {Advice}." : $"{entry.Subject}: \"{entry.Value}\" is not supported yet; {Advice}."
        );
    }
}
