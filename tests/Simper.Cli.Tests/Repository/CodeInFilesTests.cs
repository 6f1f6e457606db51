using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Simper.Cli.Tests.Repository;

/// <summary>No program of ours refers to what runs code that is in files: pickles, objects, assemblies as data.</summary>
public class CodeInFilesTests
{
    private static readonly string[] Forbidden =
    [
        "BinaryFormatter",
        "NetDataContractSerializer",
        "SoapFormatter",
        "LosFormatter",
        "ObjectStateFormatter",
        "XamlReader",
        "Unpickler",
        "Pickler",
        "ScriptEngine",
        "CSharpScript",
        "AssemblyLoadContext::LoadFromStream",
        "Assembly::Load(Byte[]",
        "Assembly::LoadFrom",
        "torch::load(",
        "torch+jit::load",
        "Module::load(",
    ];

    public static TheoryData<string> Programs =>
        [
            .. Directory
                .GetFiles(AppContext.BaseDirectory, "Simper*.dll")
                .Select(f => Path.GetFileName(f)!)
                .Where(f => !f.Contains("Tests", StringComparison.Ordinal)),
        ];

    [Fact]
    public void All_programs_are_looked_at() =>
        Assert.All(
            ["Simper.dll", "Simper.Text.dll", "Simper.Server.dll", "Simper.Cli.dll"],
            program => Assert.Contains(program, Programs.Select(p => p.Data))
        );

    [Theory]
    [MemberData(nameof(Programs))]
    public void It_refers_to_no_reader_of_code(string program)
    {
        string path = Path.Combine(AppContext.BaseDirectory, program);
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        string[] types = [.. metadata.TypeReferences.Select(t => metadata.GetString(metadata.GetTypeReference(t).Name))];
        Assert.Contains("Object", types); // that types are seen at all
        foreach (string forbidden in Forbidden)
        {
            Assert.DoesNotContain(forbidden, types);
            Assert.DoesNotContain(CompiledCalls.Of(path), call => call.Callee.Contains(forbidden, StringComparison.Ordinal));
        }
    }
}
