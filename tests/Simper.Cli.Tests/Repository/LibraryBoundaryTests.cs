using System.Text.RegularExpressions;
using Simper.Objectives;
using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>Who may know what: the program sees what any program sees, and objectives are known by their properties.</summary>
public sealed partial class LibraryBoundaryTests
{
    // Other tools' names for losses stand in the tables of those tools, and one analysis writes out the formulas of three.
    private static readonly string[] Exempt =
    [
        "AxolotlRecipes.cs",
        "LlamaFactoryRecipes.cs",
        "MsSwiftRecipes.cs",
        "ForeignKeys.cs",
        "ForeignKeyTable.cs",
        "ForeignRecipe.cs",
        "ForeignTools.cs",
        "CoefficientFormula.cs",
        "NativeLibraries.cs", // a folder of the program's name
    ];

    private static IEnumerable<string> Sources(string folder) =>
        Directory
            .GetFiles(Path.Combine(SharedFiles.Repository, "src", folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin"));

    [Fact]
    public void The_program_sees_no_internals_of_the_library()
    {
        foreach (string project in (string[])["Simper", "Simper.Text"])
            Assert.DoesNotContain(
                "Simper.Cli",
                File.ReadAllText(Path.Combine(SharedFiles.Repository, "src", project, project + ".csproj")),
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void No_objective_is_asked_for_by_name_outside_its_file()
    {
        HashSet<string> names =
        [
            .. ObjectiveCatalog.Standard.Kinds.SelectMany(k =>
                k.NamedVariants.Select(v => v.Name)
                    .Concat(k.Hyperparameters.Where(h => h.Ratio is not null).Select(h => h.Key))
                    .Concat(k.Aliases)
                    .Append(k.Name)
            ),
        ];
        string[] types = [.. ObjectiveCatalog.Standard.Kinds.Select(k => k.Default.GetType().Name)];
        foreach (string file in Sources("Simper").Where(f => !Exempt.Contains(Path.GetFileName(f))))
        {
            if (Path.GetFileName(Path.GetDirectoryName(file)) == "Objectives")
                continue;
            string text = File.ReadAllText(file);
            Assert.DoesNotContain(Literal().Matches(text), m => names.Contains(m.Groups[1].Value));
            Assert.DoesNotContain(Asked().Matches(text), m => types.Contains(m.Groups[1].Value));
        }
    }

    [GeneratedRegex("\"([a-z_]+)\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\bis (?:not )?([A-Z]\w+)\b")]
    private static partial Regex Asked();
}
