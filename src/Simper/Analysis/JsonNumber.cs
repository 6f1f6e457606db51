using System.Text.Json.Nodes;

namespace Simper.Analysis;

/// <summary>Numbers as files of figures have them: NaN and infinities become null, since JSON cannot express them.</summary>
internal static class JsonNumber
{
    public static JsonNode? Of(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
