using System.Net;

namespace Simper.Server.Hosting;

/// <summary>Where a server listens, whom it answers and what it bounds.</summary>
public sealed record ServerSettings
{
    /// <summary>The address to listen on: <c>localhost</c> (both loopback addresses) or an IP address.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>The port; 0 takes any free one.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>The key that clients have to send; null for none, which only loopback addresses allow.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Names, beside those of loopback, under which clients on this machine may address the server.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins of web pages that may ask; none by default.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Connections at once; more are closed.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>How long a request may take, waiting included.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long running answers may go on after the server was told to stop; then they end where they are.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After how long a silent stream says that it is alive.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    // Whether connections are closed that take fewer than 240 bytes a second.
    internal bool CutsSlowReaders { get; init; } = true;

    /// <summary>Where warnings and faults are told; nowhere by default.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>Whether only programs on this machine reach the server.</summary>
    internal bool IsLoopback => Addresses().All(IPAddress.IsLoopback);

    /// <exception cref="SimperException">A value out of its range, or an open address without a key.</exception>
    public void Validate()
    {
        if (Port is < 0 or > 65535)
            throw new SimperException($"port is {Port}; it has to be between 0 (any free one) and 65535.");
        if (ApiKey is { } key && (key.Length < 8 || key.Any(c => c is <= ' ' or > '~')))
            throw new SimperException(
                "The API key has to be at least 8 printable characters without spaces; for example, the output of "
                    + "openssl rand -hex 16."
            );
        if (!IsLoopback && ApiKey is null)
            throw new SimperException(
                $"{Host} can be reached from other machines; give an API key (--api_key, or SIMPER_API_KEY in the environment), "
                    + "or listen on localhost."
            );
        foreach (string origin in AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || uri.GetLeftPart(UriPartial.Authority) != origin)
                throw new SimperException(
                    $"{origin} is no origin of a web page; write it as https://example.org, without a path."
                );
        }
    }

    /// <summary>The addresses to listen on.</summary>
    internal IReadOnlyList<IPAddress> Addresses() =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : IPAddress.TryParse(Host, out IPAddress? address) ? [address]
        : throw new SimperException(
            $"host is {Host}; it has to be localhost or an IP address, such as 0.0.0.0 for all of this machine's."
        );
}
