using System.Text.Json;

namespace Simper.Text.Tables;

/// <summary>Writes a value, given as its bytes: numbers little-endian, texts without their length.</summary>
internal delegate void CellWriter(Utf8JsonWriter to, ReadOnlySpan<byte> value);
