using Microsoft.AspNetCore.Http;

namespace Simper.Server.Hosting;

/// <summary>What a request's sender should know although it is answered, in the header <c>X-Simper-Warning</c>.</summary>
internal static class Warnings
{
    /// <summary>The header's name.</summary>
    public const string Header = "X-Simper-Warning";

    private const int Longest = 500;

    /// <summary>Adds one.</summary>
    public static void Add(HttpContext context, string warning)
    {
        // Names of fields are the client's: a header holds printable ASCII.
        string plain = string.Concat(warning.Select(c => c is >= ' ' and <= '~' ? c : '?'));
        context.Response.Headers.Append(Header, plain.Length <= Longest ? plain : plain[..Longest]);
    }
}
