using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Preferences;

namespace Simper.Cli.Demo;

/// <summary>The demo's training pairs, with the wrong labels that they came with, or with others.</summary>
internal static class DemoPairs
{
    /// <summary>Whether the worse answer is labelled the chosen one, by the exact check.</summary>
    public static bool IsWrong(PreferenceGroup pair) => !DemoTasks.Passes(pair.Prompt[^1].Content, pair.Answers[0][0].Content);

    /// <summary>
    /// Writes the bundled pairs with other wrong labels: all are put right, then some have their answers exchanged.
    /// </summary>
    /// <param name="from">The bundled file.</param>
    /// <param name="to">The file to write.</param>
    /// <param name="share">Each pair's probability of a wrong label.</param>
    /// <param name="seed">Which they are.</param>
    /// <exception cref="SimperException">The share is none, or the file cannot be written.</exception>
    public static void Write(string from, string to, double share, long seed)
    {
        if (!(share is >= 0 and <= 0.5))
            throw new SimperException($"--noise is {share}; give a share from 0 to 0.5.");
        DeterministicRandom random = DeterministicRandom.For((ulong)seed, "demo noise");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
            WholeFile.Write(
                to,
                string.Concat(PreferenceDataset.Open(from).Select(p => Line(p, random.NextDouble() < share) + "\n"))
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{to} cannot be written: {SystemFault.Sentence(e)}.", e);
        }
    }

    private static string Line(PreferenceGroup pair, bool isWrong)
    {
        bool exchanges = isWrong != IsWrong(pair);
        (string chosen, string rejected) = (pair.Answers[0][0].Content, pair.Answers[1][0].Content);
        return ReadableJson.OneLine(
            new JsonObject
            {
                ["prompt"] = pair.Prompt[^1].Content,
                ["chosen"] = exchanges ? rejected : chosen,
                ["rejected"] = exchanges ? chosen : rejected,
            }
        );
    }
}
