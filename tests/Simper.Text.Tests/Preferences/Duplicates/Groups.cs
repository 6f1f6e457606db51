using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences.Duplicates;

/// <summary>Small groups for a test.</summary>
internal static class Groups
{
    public static PreferenceGroup Pair(string prompt, string chosen, string rejected) =>
        new()
        {
            Prompt = [new ChatMessage("user", prompt)],
            Answers =
            [
                [new ChatMessage("assistant", chosen)],
                [new ChatMessage("assistant", rejected)],
            ],
        };

    public static PreferenceGroup Labelled(string prompt, string answer, bool isGood) =>
        new()
        {
            Prompt = [new ChatMessage("user", prompt)],
            Answers =
            [
                [new ChatMessage("assistant", answer)],
            ],
            Weights = [isGood ? 1 : -1],
        };

    public static PreferenceGroup Ranked(string prompt, params (string Answer, double Weight)[] answers) =>
        new()
        {
            Prompt = [new ChatMessage("user", prompt)],
            Answers = [.. answers.Select(a => new[] { new ChatMessage("assistant", a.Answer) })],
            Weights = [.. answers.Select(a => a.Weight)],
        };

    public static GroupHashes Hashes(params IEnumerable<PreferenceGroup> groups)
    {
        var hashes = new GroupHashes.Builder();
        foreach (PreferenceGroup group in groups)
            hashes.Add(GroupHash.Of(group));
        return hashes.Build();
    }
}
