using System.Text.RegularExpressions;
using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>Who may open a connection: the commands that say so, and the server.</summary>
public sealed partial class NetworkTests
{
    // The hub's two commands, judges, and what listens.
    private static readonly string[] Allowed = ["src/Simper/Hub/", "src/Simper/Judging/", "src/Simper.Server/"];

    private static IEnumerable<string> Sources() =>
        Directory
            .EnumerateFiles(Path.Combine(SharedFiles.Repository, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(SharedFiles.Repository, f).Replace('\\', '/'))
            .Where(f => !f.Split('/').Any(p => p is "obj" or "bin"));

    [Fact]
    public void Nothing_else_opens_a_connection()
    {
        string[] found =
        [
            .. Sources()
                .Where(f => !Allowed.Any(a => f.StartsWith(a, StringComparison.Ordinal)))
                .Where(f => Connections().IsMatch(File.ReadAllText(Path.Combine(SharedFiles.Repository, f)))),
        ];
        Assert.True(found.Length == 0, string.Join(", ", found));
        Assert.Contains(Sources(), f => f == "src/Simper/Hub/HubClient.cs");
    }

    [Fact]
    public void Only_two_commands_use_the_hub()
    {
        string[] found =
        [
            .. Sources()
                .Where(f => !f.StartsWith("src/Simper/Hub/", StringComparison.Ordinal))
                .Where(f => Hub().IsMatch(File.ReadAllText(Path.Combine(SharedFiles.Repository, f))))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(["src/Simper.Cli/Commands/PullCommand.cs", "src/Simper.Cli/Commands/PushCommand.cs"], found);
    }

    [GeneratedRegex(
        @"\b(HttpClient|SocketsHttpHandler|TcpClient|UdpClient|WebRequest|WebClient|ClientWebSocket|new Socket|Dns)\b"
    )]
    private static partial Regex Connections();

    [GeneratedRegex(@"^using Simper\.Hub;|\bnew Hub(Pull|Push)\b", RegexOptions.Multiline)]
    private static partial Regex Hub();
}
