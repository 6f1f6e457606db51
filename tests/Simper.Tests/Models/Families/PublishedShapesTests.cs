using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Models;
using Simper.Models.Families;
using Simper.Testing;

namespace Simper.Tests.Models.Families;

/// <summary>
/// Names and shapes of a full-size published model of each family, made from its config alone, are an approved list, and as many
/// weights as were published.
/// </summary>
public partial class PublishedShapesTests
{
    private static readonly string Folder = Path.Combine(
        SharedFiles.Repository,
        "tests",
        "Simper.Tests",
        "Models",
        "Families",
        "Published"
    );

    /// <summary>Families, and the weights in the published files.</summary>
    public static TheoryData<string, long> Models =>
        new()
        {
            { "llama", 8030261248L },
            { "mistral", 7241732096L },
            { "ministral", 8019808256L },
            { "mixtral", 46702792704L },
            { "qwen2", 494032768L },
            { "qwen3", 8190735360L },
            { "qwen3_moe", 30532122624L },
            { "gemma", 8537680896L },
            { "gemma2", 2614341888L },
            { "gemma3_text", 999885952L },
            { "phi3", 3821079552L },
            { "smollm3", 3075098624L },
            { "olmo2", 7298617344L },
            { "olmo3", 7298011136L },
            { "granite", 8170848256L },
            { "gpt2", 124439808L },
            { "gpt_neox", 6857302016L },
            { "gpt_oss", 20914757184L },
            { "glm4", 9400279040L },
            { "cohere2", 8028033024L },
            { "starcoder2", 3030371328L },
            { "stablelm", 1644515328L },
            { "exaone4", 1279391488L },
        };

    [Theory]
    [MemberData(nameof(Models))]
    public void Names_and_shapes_are_the_approved_ones(string family, long weights)
    {
        WeightPart[] parts = [.. Slots(family).SelectMany(s => s.Parts)];
        Assert.Equal(weights, parts.Sum(p => p.Shape.Aggregate(1L, (a, b) => a * b)));
        Assert.Equal(parts.Length, parts.Select(p => p.Name).Distinct().Count());
        string list = string.Concat(
            parts
                .GroupBy(p => (Name: Number().Replace(p.Name, ".*."), Shape: string.Join(", ", p.Shape)))
                .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key.Name} [{g.Key.Shape}] x {g.Count()}\n"))
        );
        string approved = Path.Combine(Folder, family + ".txt");
        string known = File.Exists(approved) ? File.ReadAllText(approved) : "";
        if (list != known)
            File.WriteAllText(Path.Combine(Folder, family + ".received"), list);
        Assert.Equal(known, list);
    }

    [Fact]
    public void Every_family_has_a_published_model() =>
        Assert.Equal(Family.All.Keys.Order(), Models.Select(row => row.Data.Item1).Order());

    private static IEnumerable<WeightSlot> Slots(string name)
    {
        string path = Path.Combine(Folder, name + ".json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Family family = Family.Of(config, path);
        Assert.Equal(name, family.ModelType);
        return family.Names.Slots(family.Shape(new ConfigReader(config, path)));
    }

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex Number();
}
