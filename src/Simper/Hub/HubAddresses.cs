using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>The hub's addresses of a repository.</summary>
internal sealed class HubAddresses(string endpoint, HubKind kind, string id)
{
    private string Plural => kind == HubKind.Model ? "models" : "datasets";

    /// <summary>Its page, which people open.</summary>
    public string Page => $"{endpoint}/{(kind == HubKind.Model ? "" : "datasets/")}{id}";

    public Uri Revision(string revision) => Api($"revision/{Uri.EscapeDataString(revision)}");

    public Uri Tree(string commit) => Api($"tree/{Uri.EscapeDataString(commit)}?recursive=true&expand=false");

    public Uri File(string revision, string path) => new($"{Page}/resolve/{Uri.EscapeDataString(revision)}/{Escaped(path)}");

    public Uri Preupload(string revision) => Api($"preupload/{Uri.EscapeDataString(revision)}");

    public Uri Commit(string revision) => Api($"commit/{Uri.EscapeDataString(revision)}");

    public Uri LargeFiles => new($"{Page}.git/info/lfs/objects/batch");

    private Uri Api(string what) => new($"{endpoint}/api/{Plural}/{id}/{what}");

    private static string Escaped(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
