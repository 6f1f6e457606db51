namespace Simper.Server.Protocol;

/// <summary>What a model bounds in a request.</summary>
/// <param name="Context">The longest sequence, prompt and answer.</param>
/// <param name="Vocabulary">Ids are below it.</param>
internal sealed record ModelLimits(int Context, int Vocabulary);
