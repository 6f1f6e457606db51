using System.Text;
using Simper.Models;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Exports;

/// <summary>What must be the same in an export, whatever its type: ids, templates, stop tokens.</summary>
internal static class ExportedFiles
{
    private const int Shown = 60;

    /// <summary>All differences, as sentences without a full stop.</summary>
    public static IEnumerable<string> Faults(ModelFiles wanted, ModelFiles got, IReadOnlyList<ExportProbe> probes)
    {
        if (wanted.TokenizerJson is null)
            return [];
        if (got.TokenizerJson is null)
            return ["the export has no tokenizer"];
        return [.. Ids(got, wanted, probes), .. Templates(wanted, got), .. Stops(wanted, got)];
    }

    private static IEnumerable<string> Ids(ModelFiles got, ModelFiles wanted, IReadOnlyList<ExportProbe> probes) =>
        probes
            .Where(p =>
                p.Text is not null && !got.Tokenizer.EncodeToIds(p.Text).SequenceEqual(wanted.Tokenizer.EncodeToIds(p.Text))
            )
            .Select(p => $"the tokenizer gives other ids to \"{Short(p.Text!)}\"")
            .Take(1);

    private static IEnumerable<string> Templates(ModelFiles wanted, ModelFiles got)
    {
        foreach ((string name, string source) in wanted.TemplateSources)
        {
            byte[] other = Encoding.UTF8.GetBytes(got.TemplateSources.GetValueOrDefault(name) ?? "");
            if (!Encoding.UTF8.GetBytes(source).AsSpan().SequenceEqual(other))
                yield return $"the chat template {name} is not the same, byte for byte";
        }
        if (wanted.Templates is null)
            yield break;
        (GroupTokenizer before, GroupTokenizer after) = (wanted.GroupTokenizer(), got.GroupTokenizer());
        foreach (IReadOnlyList<ChatMessage> conversation in ExportProbes.Conversations)
        {
            if (!before.Prompt(conversation).AsSpan().SequenceEqual(after.Prompt(conversation)))
            {
                yield return "a rendered prompt has other ids";
                yield break;
            }
        }
    }

    private static IEnumerable<string> Stops(ModelFiles wanted, ModelFiles got)
    {
        if (!wanted.StopIds.Order().SequenceEqual(got.StopIds.Order()))
            yield return $"answers end at {string.Join(", ", got.StopIds)} instead of {string.Join(", ", wanted.StopIds)}";
    }

    private static string Short(string text) => text.Length <= Shown ? text : text[..Shown] + "...";
}
