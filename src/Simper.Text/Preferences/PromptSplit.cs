using System.Globalization;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Preferences;

/// <summary>
/// Which groups of a data set are held out. Prompts are drawn, not groups: in the random order of a seed those that fit are held
/// out with all their groups, until there are enough. Where no prompt repeats, that is a random choice of groups; so it is
/// where all groups have the same prompt, which no split can keep apart.
/// </summary>
/// <param name="Train">The groups to train on, in order.</param>
/// <param name="HeldOut">The groups to hold out, in order.</param>
/// <param name="RepeatsPrompts">Whether some prompt, but not the only one, has several groups.</param>
internal sealed record PromptSplit(int[] Train, int[] HeldOut, bool RepeatsPrompts)
{
    /// <exception cref="SimperException">One of the parts would be empty.</exception>
    public static PromptSplit Of(PreferenceDataset data, double heldOut, long seed)
    {
        int wanted = heldOut < 1 ? (int)Math.Round(heldOut * data.Count) : (int)Math.Min(heldOut, int.MaxValue);
        if (wanted < 1 || wanted >= data.Count)
            throw CannotSplit(data, heldOut);
        int[] first = Repeats.FirstOf(data.Hashes.Prompts);
        int[] prompts = [.. Enumerable.Range(0, first.Length).Where(i => first[i] == i)];
        if (prompts.Length < 2) // then rows are drawn, which a count of shared prompts tells
            (first, prompts) = ([.. Enumerable.Range(0, data.Count)], [.. Enumerable.Range(0, data.Count)]);
        var sizes = new int[first.Length];
        foreach (int prompt in first)
            sizes[prompt]++;
        int[] order = [.. DeterministicRandom.For((ulong)seed, "split").Permutation(prompts.Length).Select(i => prompts[i])];
        var chosen = new HashSet<int>();
        int taken = 0;
        foreach (int prompt in order)
        {
            if (taken + sizes[prompt] > wanted)
                continue;
            chosen.Add(prompt);
            taken += sizes[prompt];
            if (taken == wanted)
                break;
        }
        if (taken == 0)
            chosen.Add(order.MinBy(p => sizes[p])); // even the rarest prompt has more groups than are wanted
        return new PromptSplit(
            [.. Enumerable.Range(0, first.Length).Where(i => !chosen.Contains(first[i]))],
            [.. Enumerable.Range(0, first.Length).Where(i => chosen.Contains(first[i]))],
            prompts.Length < first.Length
        );
    }

    private const string Without = "test_split_size: 0, which trains without evaluation";

    private static string Usable(PreferenceDataset data) =>
        string.Create(CultureInfo.InvariantCulture, $"{data.Path} has {data.Count} usable row{(data.Count == 1 ? "" : "s")}");

    private static SimperException CannotSplit(PreferenceDataset data, double heldOut)
    {
        string rows = Usable(data);
        if (data.Count < 2)
            return new SimperException(
                $"{rows}; none can be held out, since one at least is to be trained on; give more rows, eval_dataset_name, "
                    + $"or {Without}."
            );
        string way = string.Create(
            CultureInfo.InvariantCulture,
            $"give test_split_size: {Math.Max(1, data.Count / 4)} (a number of rows), more rows, eval_dataset_name, or {Without}."
        );
        return new SimperException(
            heldOut < 1
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rows}; a share of {heldOut} (test_split_size) of them is "
                        + $"{(heldOut * data.Count < 1 ? "less than one row" : "all of them")} and cannot be held out; {way}"
                )
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rows}; {heldOut} of them cannot be held out (test_split_size), since one at least is to be trained on; "
                        + $"{way}"
                )
        );
    }
}
