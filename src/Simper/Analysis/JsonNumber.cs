using System.Text.Json.Nodes;

namespace Simper.Analysis;

/// <summary>Numbers as files of figures have them: what is none, or infinite, is null, since JSON has no word for it.</summary>
internal static class JsonNumber
{
    public static JsonNode? Of(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
