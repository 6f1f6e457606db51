using System.Text.Json;
using System.Text.Json.Serialization;
using Simper.Ledgers;

namespace Simper.Tests.Ledgers;

/// <summary>Rows of ledgers as lines that are equal where every number is, to the bit.</summary>
internal static class LedgerLines
{
    private static readonly JsonSerializerOptions Exact = new()
    {
        IncludeFields = true,
        IgnoreReadOnlyProperties = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Of a run; none if it has no ledger.</summary>
    public static string[] Of(string run) => LedgerPart.In(run).Count == 0 ? [] : [.. Ledger.Open(run).Rows().Select(Of)];

    /// <summary>Of a row.</summary>
    public static string Of(LedgerRow row) => JsonSerializer.Serialize(row, Exact);
}
