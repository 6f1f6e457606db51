namespace Simper.Models.Gguf;

/// <summary>Which matrices a GGUF file stores as one.</summary>
/// <param name="QueryKeyValue">Queries, keys and values.</param>
/// <param name="GateUp">Gate and up of MLPs.</param>
/// <param name="ExpertsGateUp">Gate and up of experts.</param>
internal readonly record struct GgufFusions(bool QueryKeyValue, bool GateUp, bool ExpertsGateUp);
