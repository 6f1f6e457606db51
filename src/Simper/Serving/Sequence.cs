using System.Runtime.InteropServices;
using Simper.Generation;
using Simper.Models;

namespace Simper.Serving;

/// <summary>
/// One sample of a request while it waits or is computed: its tokens, and how far the cache has them. The engine's thread alone
/// touches it.
/// </summary>
internal sealed class Sequence
{
    private readonly HashSet<int> _stops;
    private readonly TokenChooser _chooser;
    private readonly ITokenMaskState? _mask;
    private readonly DecoderShape _shape;
    private ulong[] _allowed = [];

    public Sequence(GenerationTicket ticket, GenerationSample sample, CancellationToken cancel, ServedModel model, int longest)
    {
        GenerationRequest request = ticket.Request;
        (Ticket, Sample, Cancel, _shape) = (ticket, sample, cancel, model.Model.Shape);
        Tokens = [.. request.Prompt];
        PromptLength = Tokens.Count;
        Room = Math.Min(request.MaxTokens, longest - PromptLength);
        _stops = [.. request.StopIds ?? model.StopIds];
        _chooser = new TokenChooser(request.Sampling, sample.Index, request.Prompt);
        _mask = request.Mask?.Start();
        if (request.ScoresPrompt && sample.Index == 0)
            Scores = new ScoredToken?[PromptLength];
    }

    public GenerationTicket Ticket { get; }

    public GenerationSample Sample { get; }

    public CancellationToken Cancel { get; }

    public GenerationRequest Request => Ticket.Request;

    /// <summary>Its place in the order of arrival.</summary>
    public long Number { get; init; }

    /// <summary>The prompt's tokens, and those that were written.</summary>
    public List<int> Tokens { get; }

    public int PromptLength { get; }

    /// <summary>New tokens at most.</summary>
    public int Room { get; }

    public int Written => Tokens.Count - PromptLength;

    /// <summary>Tokens of which the cache has keys and values.</summary>
    public int Computed { get; set; }

    /// <summary>Its tokens, and the next one if it may have that.</summary>
    public int NextLength => Math.Min(Tokens.Count + 1, PromptLength + Room);

    /// <summary>Tokens that are known and not computed yet.</summary>
    public int Unread => Tokens.Count - Computed;

    /// <summary>Whether it has its last logits, and waits for the logits of one token.</summary>
    public bool IsWriting => Unread == 1 && Written > 0;

    /// <summary>
    /// What its first page follows: where rotations depend on a sequence's length, pages are of use to those alone that count as
    /// equally long.
    /// </summary>
    public long Root
    {
        get
        {
            (int full, int windowed) = _shape.LengthClass(Tokens.Count);
            return -(((long)full << 31) + windowed);
        }
    }

    /// <summary><see cref="Root"/> when its pages were begun.</summary>
    public long BegunRoot { get; set; }

    /// <summary>Its pages of the cache, in order.</summary>
    public List<int> Pages { get; } = [];

    /// <summary>How many of them are known by their tokens, and the last of these.</summary>
    public int KnownPages { get; set; }

    public long LastNode { get; set; }

    /// <summary>The log-probs of the prompt's tokens as far as they are known; null if nobody asked.</summary>
    public ScoredToken?[]? Scores { get; private set; }

    /// <summary>Scores up to here are known.</summary>
    public int Scored { get; set; } = 1;

    public bool WasPreempted { get; set; }

    public bool IsCancelled => Cancel.IsCancellationRequested;

    public bool IsFinished { get; private set; }

    /// <summary>The key of its page of a number, all of whose tokens have to be known.</summary>
    public PrefixKey KeyOf(int page, long parent) =>
        new(parent, CollectionsMarshal.AsSpan(Tokens).Slice(page * PageMemory.PageTokens, PageMemory.PageTokens).ToArray());

    /// <summary>Takes the scores of a prompt's token, at its place.</summary>
    public void Score(int place, ReadOnlySpan<float> logits)
    {
        if (Scores is null || place < Scored)
            return;
        double sum = LogProbs.LogSumExp(logits);
        int id = Tokens[place];
        Scores[place] = new(id, LogProbs.Of(logits, sum, id), LogProbs.Top(logits, sum, Request.LogProbs ?? 0));
        Scored = place + 1;
    }

    /// <summary>Hands out the scores once all are known.</summary>
    public void GiveScores()
    {
        if (Scores is null || Scored < PromptLength)
            return;
        Ticket.Give(Scores);
        Scores = null;
    }

    /// <summary>Takes the logits after its last token: writes the next one.</summary>
    public void Write(ReadOnlySpan<float> logits)
    {
        if (Room == 0)
        {
            End();
            return;
        }
        int id = _chooser.Next(logits, Allowed(logits.Length));
        Tokens.Add(id);
        FinishReason? finish =
            _stops.Contains(id) ? FinishReason.Stop
            : Written >= Room ? FinishReason.Length
            : null;
        bool scores = Request.LogProbs is not null;
        double sum = scores ? LogProbs.LogSumExp(logits) : 0;
        Sample.Write(
            new GeneratedToken(
                id,
                scores ? LogProbs.Of(logits, sum, id) : float.NaN,
                scores ? LogProbs.Top(logits, sum, Request.LogProbs!.Value) : [],
                finish
            )
        );
        if (finish is null)
            _mask?.Accept(id);
        else
            End();
    }

    /// <summary>Ends it: by itself, or for a reason.</summary>
    public void End(Exception? error = null)
    {
        IsFinished = true;
        if (error is not null)
            Ticket.Fail(error);
        Sample.End(error);
    }

    private ReadOnlySpan<ulong> Allowed(int vocabulary)
    {
        if (_mask is null)
            return [];
        ReadOnlySpan<ulong> allowed = _mask.Allowed;
        Array.Resize(ref _allowed, (vocabulary + 63) / 64);
        int words = Math.Min(allowed.Length, _allowed.Length);
        allowed[..words].CopyTo(_allowed);
        _allowed.AsSpan(words).Clear();
        foreach (int stop in _stops)
        {
            ulong bit = 1UL << (stop % 64);
            _allowed[stop / 64] = _mask.IsComplete ? _allowed[stop / 64] | bit : _allowed[stop / 64] & ~bit;
        }
        if (!_allowed.AsSpan().ContainsAnyExcept(0UL))
            throw new SimperException("No token of this model continues the answer in the format that was asked for.");
        return _allowed;
    }
}
