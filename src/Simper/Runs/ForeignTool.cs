namespace Simper.Runs;

/// <summary>A program whose recipes are recognised by their keys and translated into ours.</summary>
/// <param name="Name">Its name as its authors write it.</param>
/// <param name="Signs">Keys that only this tool has.</param>
/// <param name="Renames">Its names for our keys of the same meaning.</param>
/// <param name="Rewrite">Translates what a new name alone does not.</param>
internal sealed record ForeignTool(
    string Name,
    string[] Signs,
    (string Theirs, string Ours)[] Renames,
    Action<ForeignRecipe> Rewrite
)
{
    /// <summary>Its other keys: those without effect, and those restricted to some values.</summary>
    public IReadOnlyDictionary<string, ForeignKey> Keys { get; init; } = new Dictionary<string, ForeignKey>();

    /// <summary>A table of <see cref="Keys"/>.</summary>
    /// <param name="idle">Names without effect, with the reason.</param>
    /// <param name="onlyAs">Names restricted to some values, with advice about others.</param>
    public static IReadOnlyDictionary<string, ForeignKey> Table(
        (string Note, string[] Names)[] idle,
        (string Name, string[] Values, string Advice)[] onlyAs
    ) =>
        idle.SelectMany(g => g.Names.Select(n => (Name: n, Key: ForeignKey.WithoutEffect(g.Note))))
            .Concat(onlyAs.Select(k => (k.Name, Key: ForeignKey.Only(k.Values, k.Advice))))
            .ToDictionary(k => k.Name, k => k.Key, StringComparer.Ordinal);
}
