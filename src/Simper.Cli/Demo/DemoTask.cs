using Simper.Text.Preferences;

namespace Simper.Cli.Demo;

/// <summary>
/// A kind of small request with one right answer: it writes requests, answers them well or badly, and computes the right answer
/// from a request's text alone.
/// </summary>
/// <param name="Name">For reports.</param>
/// <param name="GoodShare">The share of good answers of this kind in the text that the bundled model was trained on.</param>
/// <param name="Request">Writes a request.</param>
/// <param name="Right">The right answer to a request of this kind, or null if the text is not one.</param>
/// <param name="Wrong">A wrong answer that keeps the form of a right one.</param>
internal sealed record DemoTask(
    string Name,
    double GoodShare,
    Func<DeterministicRandom, string> Request,
    Func<string, string?> Right,
    Func<string, string> Wrong
);
