namespace Simper.Runs;

/// <summary>
/// A key of TRL, transformers or their kin that is none of ours, and what becomes of it. A key without a value is always
/// accepted: that is how those files write what is not set.
/// </summary>
/// <param name="Silent">Values, in lower case, that mean what Simper does anyway.</param>
/// <param name="Noted">Values that are accepted with a note; null is every value.</param>
/// <param name="Note">Why they have no effect; may be empty.</param>
/// <param name="Advice">What to do where a value is refused.</param>
internal sealed record ForeignKey(string[] Silent, string[]? Noted, string Note, string Advice)
{
    /// <summary>Whatever the value, it does nothing here.</summary>
    public static ForeignKey WithoutEffect(string note) => new([], null, note, "");

    /// <summary>Other values would make another run.</summary>
    public static ForeignKey Only(string[] values, string advice) => new(values, [], "", advice);

    /// <summary>A name that others have or once had.</summary>
    public static ForeignKey Gone(string advice) => new([], [], "", advice) { IsGone = true };

    /// <summary>Whether the name itself is what is wrong.</summary>
    private bool IsGone { get; init; }

    /// <summary>Accepts a value, with a note where there is something to say.</summary>
    /// <exception cref="SimperException">The value would make another run than the one that follows.</exception>
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
