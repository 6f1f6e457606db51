using Simper.Objectives;
using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

public class ObjectiveDocumentTests
{
    public static TheoryData<string> Names => [.. ObjectiveCatalog.Standard.Kinds.Select(k => k.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_page_of_objectives_has_each_with_its_keys(string name)
    {
        string page = File.ReadAllText(Path.Combine(SharedFiles.Repository, "docs", "objectives.md"));
        string row = Assert.Single(page.Split('\n'), l => l.StartsWith($"| `{name}`", StringComparison.Ordinal));
        // told once, below the table
        string[] elsewhere = ["f_divergence_type", "f_alpha_divergence_coef", "use_weighting", "ld_alpha"];
        foreach (
            Hyperparameter key in ObjectiveCatalog.Standard.Find(name)!.Hyperparameters.Where(h => !elsewhere.Contains(h.Key))
        )
            Assert.True(
                row.Contains($"`{key.Key}`", StringComparison.Ordinal) || row.Contains("| as `", StringComparison.Ordinal),
                $"{name}: {key.Key} is not in its row"
            );
    }
}
