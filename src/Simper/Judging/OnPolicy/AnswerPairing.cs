namespace Simper.Judging.OnPolicy;

/// <summary>Which pairs are made of a prompt's scored answers.</summary>
public enum AnswerPairing
{
    /// <summary>The best against the worst.</summary>
    BestWorst,

    /// <summary>Every two answers of different scores.</summary>
    All,

    /// <summary>One of these, at random.</summary>
    Random,

    /// <summary>No pair but all answers with their scores, best first, where two of them make a pair.</summary>
    Ranked,
}
