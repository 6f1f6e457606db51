namespace Simper.Runs;

/// <summary>A program whose recipes are told by their keys and read with ours.</summary>
/// <param name="Name">As its authors write it.</param>
/// <param name="Signs">Keys that it alone has.</param>
/// <param name="Renames">Its names for keys of ours that mean the same.</param>
/// <param name="Rewrite">Reads what takes more than another name.</param>
internal sealed record ForeignTool(
    string Name,
    string[] Signs,
    (string Theirs, string Ours)[] Renames,
    Action<ForeignRecipe> Rewrite
)
{
    /// <summary>Its other keys: what does nothing here, and what only some values may have.</summary>
    public IReadOnlyDictionary<string, ForeignKey> Keys { get; init; } = new Dictionary<string, ForeignKey>();

    /// <summary>A table of <see cref="Keys"/>.</summary>
    /// <param name="idle">Names that have no effect, with why.</param>
    /// <param name="onlyAs">Names that may have some values, with what to do about others.</param>
    public static IReadOnlyDictionary<string, ForeignKey> Table(
        (string Note, string[] Names)[] idle,
        (string Name, string[] Values, string Advice)[] onlyAs
    ) =>
        idle.SelectMany(g => g.Names.Select(n => (Name: n, Key: ForeignKey.WithoutEffect(g.Note))))
            .Concat(onlyAs.Select(k => (k.Name, Key: ForeignKey.Only(k.Values, k.Advice))))
            .ToDictionary(k => k.Name, k => k.Key, StringComparer.Ordinal);
}
