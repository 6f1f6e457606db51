namespace Simper.Hub;

/// <summary>How far an upload is.</summary>
/// <param name="Bytes">Bytes of large files that were sent.</param>
/// <param name="AllBytes">Bytes of large files to send.</param>
/// <param name="Step">What is done now.</param>
public sealed record PushProgress(long Bytes, long AllBytes, string Step);
