namespace Simper.Server.Answers;

/// <summary>A token with its log-prob, as clients are shown it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProb">Natural log of its probability; null for the first of a prompt, which nothing precedes.</param>
/// <param name="Likeliest">The likeliest tokens at its place, best first; empty where none were asked for.</param>
/// <param name="Offset">Where its text begins, in code points.</param>
internal readonly record struct ShownToken(
    int Id,
    double? LogProb,
    IReadOnlyList<(int Id, double LogProb)> Likeliest,
    int Offset
);
