namespace Simper.Serving;

/// <summary>A grammar as a mask. Thread safe: what answers find out is kept for all of them.</summary>
internal sealed class GrammarMask(SortedTokens tokens, Rule root) : ITokenMask
{
    private readonly Grammar _grammar = new(tokens, root);
    private readonly Lock _gate = new();
    private readonly Dictionary<int, byte[]> _bytes = tokens.All.ToDictionary(t => t.Id, t => t.Bytes);

    public ITokenMaskState Start()
    {
        lock (_gate)
            return new Position(this, _grammar.Start());
    }

    private sealed class Position(GrammarMask mask, Grammar.State state) : ITokenMaskState
    {
        private Grammar.State _state = state;

        public ReadOnlySpan<ulong> Allowed
        {
            get
            {
                lock (mask._gate)
                    return _state.Allowed;
            }
        }

        public bool IsComplete => _state.IsComplete;

        public void Accept(int id)
        {
            lock (mask._gate)
            {
                foreach (byte b in mask._bytes.GetValueOrDefault(id) ?? [])
                    _state = _state.After(b);
            }
        }
    }
}
