using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>
/// No compiled program of this repository, tests and benchmarks included, makes one of TorchSharp's Scalars or calls what makes
/// one by itself: only <c>Simper.Tensors.HeldNumbers</c> does, which holds them. (In optimized code a finalizer may free a Scalar
/// while libtorch reads it.)
/// </summary>
public class HeldNumbersTests
{
    private const string Exempt = "Simper.Tensors.HeldNumbers::";

    /// <summary>The methods of TorchSharp that make a Scalar, or call one that does.</summary>
    private static readonly Lazy<HashSet<string>> Makers = new(() =>
    {
        IReadOnlyList<(string Caller, string Callee)> calls = CompiledCalls.Of(typeof(TorchSharp.torch).Assembly.Location);
        var callers = calls.ToLookup(c => c.Callee, c => c.Caller);
        var found = new HashSet<string>(calls.Select(c => c.Callee).Where(MakesScalar));
        var open = new Queue<string>(found);
        while (open.TryDequeue(out string? callee))
        {
            foreach (string caller in callers[callee].Where(found.Add))
                open.Enqueue(caller);
        }
        return found;
    });

    private static bool MakesScalar(string method) =>
        method.StartsWith("TorchSharp.Scalar::op_Implicit", StringComparison.Ordinal)
        || method.StartsWith("TorchSharp.ScalarExtensionMethods::ToScalar", StringComparison.Ordinal);

    private static bool Offends(string callee) => MakesScalar(callee) || Makers.Value.Contains(callee);

    // The programs of the configuration that runs: .../bin/Release/net10.0. All are built before this project (see its
    // references).
    private static IReadOnlyList<string> Programs()
    {
        string configuration = Path.GetRelativePath(
            Path.Combine(SharedFiles.Repository, "tests", "Simper.Cli.Tests"),
            AppContext.BaseDirectory
        );
        return
        [
            .. from area in (string[])["src", "tests", "bench", "samples"]
            from project in Directory.GetDirectories(Path.Combine(SharedFiles.Repository, area))
            where Directory.GetFiles(project, "*.csproj").Length > 0
            from file in Directory.GetFiles(Path.Combine(project, configuration), "*.dll")
            let name = Path.GetFileName(file)
            where
                new FileInfo(file).LinkTarget is null
                && (name.StartsWith("Simper", StringComparison.Ordinal) || area == "samples")
            select file,
        ];
    }

    [Fact]
    public void No_program_hands_libtorch_a_number_that_is_not_held()
    {
        IReadOnlyList<string> programs = Programs();
        string[] expected =
        [
            "Simper",
            "Simper.Cli",
            "Simper.Tests",
            "Simper.Cli.Tests",
            "Simper.Bench.Step",
            "Simper.Bench.Micro",
            "CustomObjective",
        ];
        Assert.Superset(expected.ToHashSet(), programs.Select(p => Path.GetFileNameWithoutExtension(p)).ToHashSet());

        string[] unheld =
        [
            .. from program in programs
            from call in CompiledCalls.Of(program)
            where Offends(call.Callee) && !call.Caller.StartsWith(Exempt, StringComparison.Ordinal)
            select $"{Path.GetFileName(program)}: {call.Caller} calls {call.Callee}",
        ];
        Assert.True(
            unheld.Length == 0,
            "Numbers go through Simper.Tensors.HeldNumbers or Simper.Scoring.Column:\n" + string.Join('\n', unheld)
        );
    }

    [Theory]
    [InlineData("torch+Tensor::op_Addition(Tensor, Tensor)", true)] // a hidden factor of 1
    [InlineData("torch+Tensor::op_Multiply(Double, Tensor)", true)]
    [InlineData("torch+Tensor::add_(Tensor)", true)]
    [InlineData("torch+Tensor::square()", true)]
    [InlineData("torch+Tensor::op_Subtraction(Tensor, Tensor)", false)]
    [InlineData("torch+Tensor::op_Multiply(Tensor, Tensor)", false)]
    [InlineData("torch+Tensor::exp()", false)]
    public void What_makes_a_number_is_told_from_what_does_not(string method, bool makes) =>
        Assert.Equal(makes, Offends("TorchSharp." + method));
}
