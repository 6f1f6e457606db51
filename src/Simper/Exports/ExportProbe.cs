namespace Simper.Exports;

/// <summary>A sequence by which an export is judged.</summary>
/// <param name="Name">Where it comes from.</param>
/// <param name="Text">Its text, which both tokenizers must read alike; null where only ids are known.</param>
/// <param name="Ids">Its ids.</param>
/// <param name="From">The first token whose log-prob counts.</param>
internal sealed record ExportProbe(string Name, string? Text, int[] Ids, int From)
{
    /// <summary>As many tokens as a model reads.</summary>
    public ExportProbe Within(int context) =>
        Ids.Length <= context ? this : this with { Ids = Ids[..context], From = Math.Min(From, context - 1) };
}
