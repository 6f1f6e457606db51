using System.Text.RegularExpressions;
using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>
/// The memory of tensors is touched where it is known to be the CPU's: by the CPU's kernels, by files, and by what makes tensors.
/// All else goes through the kernel set of a device.
/// </summary>
public partial class TensorMemoryTests
{
    private static readonly string[] Allowed = ["Kernels/Cpu", "Checkpoints", "Tensors"];

    [GeneratedRegex(@"\bunsafe\b(?!-)|TensorMemory\.(Pointer|View|Over)\(|\bArena\.|\.bytes\b|\bDataPointer\b")]
    private static partial Regex Touches { get; }

    [Fact]
    public void Pointers_into_tensors_are_taken_in_three_folders_alone()
    {
        string root = Path.Combine(SharedFiles.Repository, "src", "Simper");
        string[] others =
        [
            .. from file in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            let name = Path.GetRelativePath(root, file).Replace('\\', '/')
            where !name.StartsWith("obj/", StringComparison.Ordinal) && !name.StartsWith("bin/", StringComparison.Ordinal)
            where !Allowed.Any(folder => name.StartsWith(folder + "/", StringComparison.Ordinal))
            from line in File.ReadLines(file).Select((text, i) => (Text: text, Number: i + 1))
            where !line.Text.TrimStart().StartsWith("//", StringComparison.Ordinal) && Touches.IsMatch(line.Text)
            select $"{name}, line {line.Number}: {line.Text.Trim()}",
        ];
        Assert.True(others.Length == 0, string.Join('\n', others));
    }

    [Fact]
    public void Libtorch_s_kernels_take_no_pointers()
    {
        string folder = Path.Combine(SharedFiles.Repository, "src", "Simper", "Kernels", "Torch");
        Assert.NotEmpty(Directory.GetFiles(folder));
        Assert.All(Directory.GetFiles(folder), f => Assert.DoesNotMatch(@"\bunsafe\b|Pointer\(", File.ReadAllText(f)));
    }
}
