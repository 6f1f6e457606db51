using System.Text.Encodings.Web;
using System.Text.Json;

namespace Simper.Server.Protocol;

/// <summary>JSON as it is sent.</summary>
internal static class Wire
{
    /// <summary>Text as it is, where JSON allows.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
