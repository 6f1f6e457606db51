using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Simper.Runs;
using Simper.Testing;

namespace Simper.Tests.Runs;

/// <summary>
/// Published recipes of other programs, and what is said of them: as they are, and with what the first answer asks for.
/// </summary>
public partial class ForeignRecipeTests
{
    private static readonly string Folder = Path.Combine(SharedFiles.Repository, "tests", "golden", "recipes");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Published_recipes_print_what_is_written_down(string name)
    {
        string recorded = Path.Combine(Folder, name + ".txt");
        string[] commands = [.. File.ReadAllLines(recorded).Where(l => l.StartsWith("$ ", StringComparison.Ordinal))];
        var answer = new StringBuilder();
        foreach (string command in commands)
            answer.Append(CultureInfo.InvariantCulture, $"{command}\n{Answer(command)}\n");
        if (Environment.GetEnvironmentVariable("SIMPER_GOLDEN") == "write")
            File.WriteAllText(recorded, answer.ToString());
        Assert.NotEmpty(commands);
        Assert.Equal(File.ReadAllText(recorded), answer.ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_published_recipe_but_torchtune_s_reads_with_what_its_answer_asks_for(string name)
    {
        string last = File.ReadAllLines(Path.Combine(Folder, name + ".txt"))
            .Last(l => l.StartsWith("$ ", StringComparison.Ordinal));
        Assert.Equal(
            !name.StartsWith("torchtune", StringComparison.Ordinal),
            Answer(last).Contains("\n= loss_type: ", StringComparison.Ordinal)
        );
    }

    // What simper train prints before it looks for model and data.
    private static string Answer(string command)
    {
        string[] words = [.. command.Split(' ').Skip(3)]; // $ simper train
        Assert.Equal(1, words.Length % 2);
        var notes = new List<string>();
        string text;
        try
        {
            Recipe recipe = Recipe.Read(
                Path.Combine(Folder, words[0]),
                words.Skip(1).Chunk(2).Select(w => (w[0][2..], w[1])),
                notes
            );
            HashSet<string> usual = [.. new Recipe().ToYaml().Split('\n')];
            text = string.Concat(
                notes
                    .Concat(
                        recipe
                            .ToYaml()
                            .Split('\n')
                            .Where(l => l.StartsWith("loss_type", StringComparison.Ordinal) || !usual.Contains(l))
                            .Select(l => "= " + l)
                    )
                    .Select(l => l + "\n")
            );
        }
        catch (SimperException e)
        {
            text = MissingFile().Replace(e.Message, "- $1 ...") + "\n";
        }
        text = CacheFolder().Replace(text, "Hugging Face cache (...)");
        return "\n" + text.Replace(Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }

    // Where it is depends on the machine.
    [GeneratedRegex(@"Hugging Face cache \([^)\n]*\)")]
    private static partial Regex CacheFolder();

    // Model and data that are not there have sentences of their own, tested where they are made.
    [GeneratedRegex(@"^- (?!line \d)(?!--)(\S+) .*$", RegexOptions.Multiline)]
    private static partial Regex MissingFile();
}
