using System.Text;

namespace Simper.Tests.Checkpoints;

/// <summary>Safetensors files written by hand, right or wrong.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Of(string header, int dataBytes = 0) => Of(Encoding.UTF8.GetBytes(header), dataBytes);

    public static byte[] Of(byte[] header, int dataBytes = 0, ulong? claimedLength = null) =>
        [.. BitConverter.GetBytes(claimedLength ?? (ulong)header.Length), .. header, .. new byte[dataBytes]];

    /// <summary>One tensor's entry in a header.</summary>
    public static string Tensor(string name = "a", string dtype = "\"F32\"", string shape = "[2]", string offsets = "[0,8]") =>
        $"\"{name}\":{{\"dtype\":{dtype},\"shape\":{shape},\"data_offsets\":{offsets}}}";
}
