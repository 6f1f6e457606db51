using System.Text.Encodings.Web;
using System.Text.Json;

namespace Simper.Server.Answers;

/// <summary>
/// Takes calls of tools out of an answer that comes in pieces. What looks like a call and is none stays text. Not thread safe.
/// </summary>
/// <param name="format">How the model writes them.</param>
/// <param name="tools">The names of the tools it was shown.</param>
internal sealed class ToolCallReader(ToolCallFormat format, IReadOnlySet<string> tools)
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<ToolCall> _found = [];
    private string _held = "";
    private bool _isInside;
    private bool _isText; // a plain answer that is no JSON

    /// <summary>Whether a call was found so far.</summary>
    public bool HasCalls { get; private set; }

    /// <summary>Calls since the last time.</summary>
    public IReadOnlyList<ToolCall> Take()
    {
        ToolCall[] taken = [.. _found];
        _found.Clear();
        return taken;
    }

    /// <summary>The text that a piece leaves.</summary>
    public string Push(string piece)
    {
        _held += piece;
        return format switch
        {
            ToolCallFormat.Tagged => Tagged(),
            ToolCallFormat.Plain => Plain(),
            _ => Rest(),
        };
    }

    /// <summary>The text that is left at the end.</summary>
    public string Flush()
    {
        if (_isInside && Found(_held)) // the answer ended instead of the tag
            _held = "";
        else if (_isInside)
            _held = ToolCallFormats.Open + _held;
        else if (format == ToolCallFormat.Plain && !_isText && FoundAll(_held))
            _held = "";
        _isInside = false;
        return Rest();
    }

    private string Rest()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    private string Tagged()
    {
        string text = "";
        while (true)
        {
            string tag = _isInside ? ToolCallFormats.Close : ToolCallFormats.Open;
            int at = _held.IndexOf(tag, StringComparison.Ordinal);
            if (at < 0)
                return _isInside ? text : text + UpTo(_held.Length - Beginning(_held, tag));
            if (!_isInside)
                text += UpTo(at);
            else
            {
                string call = UpTo(at);
                if (!Found(call))
                    text += ToolCallFormats.Open + call + ToolCallFormats.Close;
            }
            UpTo(tag.Length);
            _isInside = !_isInside;
        }
    }

    // Whether it is a call is known at the end; whether it cannot be one, at the first letter.
    private string Plain()
    {
        _isText = _isText || (_held.TrimStart() is { Length: > 0 } begun && begun[0] != '{');
        return _isText ? Rest() : "";
    }

    private string UpTo(int length)
    {
        string taken = _held[..length];
        _held = _held[length..];
        return taken;
    }

    private static int Beginning(string text, string tag)
    {
        for (int length = Math.Min(tag.Length - 1, text.Length); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(tag.AsSpan(0, length)))
                return length;
        }
        return 0;
    }

    private bool FoundAll(string text) =>
        text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } several
        && several.All(s => Read(s) is not null)
            ? several.All(Found)
            : Found(text);

    private bool Found(string json)
    {
        if (Read(json) is not { } call)
            return false;
        _found.Add(call);
        return HasCalls = true;
    }

    private ToolCall? Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("name", out JsonElement name))
                return null;
            if (name.ValueKind != JsonValueKind.String || (format == ToolCallFormat.Plain && !tools.Contains(name.GetString()!)))
                return null;
            if (!root.TryGetProperty("arguments", out JsonElement given) && !root.TryGetProperty("parameters", out given))
                return new ToolCall(name.GetString()!, "{}");
            string arguments =
                given.ValueKind == JsonValueKind.String ? given.GetString()! : JsonSerializer.Serialize(given, Options);
            return new ToolCall(name.GetString()!, arguments);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
