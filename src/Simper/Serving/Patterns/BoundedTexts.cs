namespace Simper.Serving.Patterns;

/// <summary>
/// Texts of a pattern and of a length. A state is the pattern's, and how many characters there are, as far as that counts.
/// Immutable.
/// </summary>
internal sealed class BoundedTexts
{
    private const int MostStates = 400_000;

    private readonly PatternAutomaton _pattern;
    private readonly int _least;
    private readonly int _most;
    private readonly int _highest; // counts beyond it are no other
    private readonly bool[] _leads; // whether a state leads to a text

    /// <param name="pattern">What is found in them.</param>
    /// <param name="least">Characters at least.</param>
    /// <param name="most">At most; <see cref="int.MaxValue"/> for any number.</param>
    /// <exception cref="FormatException">There is no such text, or too many states are needed.</exception>
    public BoundedTexts(PatternAutomaton pattern, int least, int most)
    {
        (_pattern, _least, _most) = (pattern, least, most);
        _highest = most == int.MaxValue ? least : most;
        if ((long)pattern.Count * (_highest + 1L) > MostStates)
            throw new FormatException("is too large together with the limits of the length");
        _leads = new bool[pattern.Count * (_highest + 1)];
        for (int count = _highest; count >= 0; count--)
        {
            for (int state = 0; state < pattern.Count; state++)
            {
                // Without an upper limit every state of the pattern leads on, once there are enough characters.
                _leads[At(state, count)] =
                    (count >= least && (pattern.Accepts(state) || most == int.MaxValue))
                    || (count < _highest && pattern.Next(state).Any(next => _leads[At(next, count + 1)]));
            }
        }
        if (!_leads[0])
            throw new FormatException("is found in no text of that length");
    }

    /// <summary>Whether the text so far is one.</summary>
    public bool Accepts(int state) => state / _pattern.Count >= _least && _pattern.Accepts(state % _pattern.Count);

    /// <summary>Whether so many characters may follow, whatever they are.</summary>
    public bool TakesAny(int state, int characters) =>
        ReferenceEquals(_pattern, PatternAutomaton.Any) && characters <= _most - state / _pattern.Count;

    /// <summary>The state after a character, -1 if there is none.</summary>
    public int After(int state, int character) =>
        _pattern.After(state % _pattern.Count, character) is var next and >= 0 ? Counted(next, state) : -1;

    /// <summary>Whether a character of a range may follow.</summary>
    public bool CanFollow(int state, int from, int to) =>
        _pattern.Within(state % _pattern.Count, from, to).Any(next => Counted(next, state) >= 0);

    private int Counted(int pattern, int before)
    {
        int count = before / _pattern.Count + 1;
        if (count > _most)
            return -1;
        int after = At(pattern, Math.Min(count, _highest));
        return _leads[after] ? after : -1;
    }

    private int At(int pattern, int count) => count * _pattern.Count + pattern;
}
