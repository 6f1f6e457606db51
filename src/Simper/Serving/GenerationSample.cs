using System.Threading.Channels;

namespace Simper.Serving;

/// <summary>One of a request's answers, as it is written. Any thread may read it, one at a time.</summary>
public sealed class GenerationSample
{
    // Unbounded in form; a sample has at most as many tokens as were asked for, so a slow reader holds nobody up.
    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleWriter = true, SingleReader = true }
    );
    private volatile bool _isStopped;

    internal GenerationSample(int index) => Index = index;

    /// <summary>Which of the request's samples this is, from 0.</summary>
    public int Index { get; }

    /// <summary>
    /// The tokens; the last has a reason to finish, unless <see cref="Stop"/> was called, or no tokens were asked for.
    /// </summary>
    /// <exception cref="OperationCanceledException">The request was cancelled.</exception>
    /// <exception cref="EngineStoppedException">The engine stopped before the sample was finished.</exception>
    public IAsyncEnumerable<GeneratedToken> Tokens(CancellationToken cancel = default) => _tokens.Reader.ReadAllAsync(cancel);

    /// <summary>
    /// Ends the sample before its next token, without an exception: for who found a text to stop at. Tokens that were written
    /// meanwhile may still be read.
    /// </summary>
    public void Stop() => _isStopped = true;

    internal bool IsStopped => _isStopped;

    internal void Write(GeneratedToken token) => _tokens.Writer.TryWrite(token);

    internal void End(Exception? error = null) => _tokens.Writer.TryComplete(error);
}
