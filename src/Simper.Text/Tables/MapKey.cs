using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Simper.Text.Tables;

/// <summary>Writes the key of a map as the name of a property: keys may be numbers, names are texts.</summary>
internal sealed class MapKey
{
    private readonly ArrayBufferWriter<byte> _json = new();

    /// <param name="to">Where to.</param>
    /// <param name="write">Writes the key as a value.</param>
    public void Write(Utf8JsonWriter to, Action<Utf8JsonWriter> write)
    {
        _json.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_json, Cells.Json))
            write(writer);
        ReadOnlySpan<byte> json = _json.WrittenSpan;
        to.WritePropertyName(json is [(byte)'"', ..] ? JsonSerializer.Deserialize<string>(json)! : Encoding.UTF8.GetString(json));
    }
}
