using System.Text.Encodings.Web;
using System.Text.Json;

namespace Simper.Server.Answers.ToolCalls;

/// <summary>Calls that are written as JSON: an object with a name and arguments, or a list of them.</summary>
internal static class JsonCalls
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The calls of a text; null if it is none.</summary>
    public static IReadOnlyList<ToolCall>? Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            ToolCall?[] calls = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(Call)] : [Call(root)];
            return calls.Length > 0 && calls.All(c => c is not null) ? [.. calls.OfType<ToolCall>()] : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The same, where several objects may follow one another behind semicolons.</summary>
    public static IReadOnlyList<ToolCall>? Several(string json)
    {
        if (Read(json) is { } all)
            return all;
        string[] parts = json.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        IReadOnlyList<ToolCall>?[] each = [.. parts.Select(Read)];
        return each.Length > 1 && each.All(e => e is not null) ? [.. each.SelectMany(e => e!)] : null;
    }

    /// <summary>A call whose arguments are a text; null if this is no JSON object.</summary>
    public static ToolCall? Named(string name, string arguments)
    {
        name = name.Trim();
        try
        {
            using JsonDocument document = JsonDocument.Parse(arguments.Trim().Length == 0 ? "{}" : arguments);
            return name.Length > 0 && document.RootElement.ValueKind == JsonValueKind.Object
                ? new ToolCall(name, Written(document.RootElement))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A value as JSON.</summary>
    public static string Written<T>(T value) => JsonSerializer.Serialize(value, Options);

    private static ToolCall? Call(JsonElement call)
    {
        if (call.ValueKind != JsonValueKind.Object)
            return null;
        if (call.TryGetProperty("function", out JsonElement function) && function.ValueKind == JsonValueKind.Object)
            call = function;
        if (!call.TryGetProperty("name", out JsonElement name) && !call.TryGetProperty("tool_name", out name))
            return null;
        if (name.ValueKind != JsonValueKind.String)
            return null;
        if (!call.TryGetProperty("arguments", out JsonElement given) && !call.TryGetProperty("parameters", out given))
            return new ToolCall(name.GetString()!, "{}");
        return given.ValueKind switch
        {
            JsonValueKind.String => new ToolCall(name.GetString()!, given.GetString()!),
            JsonValueKind.Null => new ToolCall(name.GetString()!, "{}"),
            _ => new ToolCall(name.GetString()!, Written(given)),
        };
    }
}
