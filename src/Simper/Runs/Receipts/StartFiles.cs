using Simper.Models;
using Simper.Models.Adapters;
using Simper.Text.Hub;

namespace Simper.Runs.Receipts;

/// <summary>
/// The files that the model of a run's start comes from: a model's, or an adapter's and those of its model. An adapter's are
/// <c>adapter/NAME</c> in receipts.
/// </summary>
internal sealed class StartFiles
{
    private const string Prefix = "adapter/";

    private readonly string? _adapter;
    private readonly Func<string> _model;

    /// <param name="recipe">The run's recipe.</param>
    public StartFiles(Recipe recipe)
    {
        string found = RunFolder.ModelOf(recipe.ModelNameOrPath);
        _adapter = recipe.FromScratch ? null : AdapterSource.Find(found);
        _model = _adapter is null ? () => found : () => FolderOf(AdapterBase.PathOf(_adapter, recipe.BaseModelNameOrPath));
    }

    /// <summary>Names and paths.</summary>
    /// <param name="model">The files of the model, or of the adapter's.</param>
    public IReadOnlyList<(string Name, string Path)> All(ModelFiles model) =>
        [
            .. OfAdapter().Select(path => (Prefix + Path.GetFileName(path), path)),
            .. ReceiptFile.PathsOf(model).Select(path => (Path.GetFileName(path), path)),
        ];

    /// <summary>Where a file of a receipt is now, if it is there.</summary>
    /// <exception cref="SimperException">The model of the adapter is not there.</exception>
    public string PathOf(string name)
    {
        if (_adapter is not null && name.StartsWith(Prefix, StringComparison.Ordinal))
            return Inside(_adapter, name[Prefix.Length..]);
        return Inside(_model(), name);
    }

    private IEnumerable<string> OfAdapter() =>
        _adapter is null ? []
        : AdapterSource.IsFile(_adapter) ? [_adapter]
        :
        [
            .. new[] { AdapterFolder.ConfigName, AdapterFolder.WeightsName }
                .Select(name => Path.Combine(_adapter, name))
                .Where(File.Exists),
        ];

    private static string Inside(string source, string name) => File.Exists(source) ? source : Path.Combine(source, name);

    private static string FolderOf(string path) => HubCache.Find(HubKind.Model, path) ?? path;
}
