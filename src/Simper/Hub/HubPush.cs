using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>
/// Uploads a folder to a repository of the Hugging Face hub, which is made where there is none: small files in the commit,
/// large ones through Git LFS before it, files that are there already not at all. One commit, so that nobody sees half of it.
/// </summary>
public sealed class HubPush : IDisposable
{
    private const string Card = "README.md";

    private readonly HubEnvironment _environment;
    private readonly HubClient _client;

    /// <param name="environment">The hub and the token; those of this process when not given.</param>
    /// <exception cref="SimperException">Uploads are switched off, there is no token, or the address is none.</exception>
    public HubPush(HubEnvironment? environment = null)
        : this(environment, pause: null) { }

    internal HubPush(HubEnvironment? environment, Func<TimeSpan, CancellationToken, Task>? pause)
    {
        _environment = environment ?? HubEnvironment.Current;
        if (_environment.IsOffline)
            throw new SimperException(
                "HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) switches uploads off; unset it to upload something."
            );
        if (_environment.Token is null)
            throw new SimperException(
                $"An upload needs a token that may write: make one at {_environment.Endpoint}/settings/tokens, and "
                    + $"give it in HF_TOKEN, "
                    + "or with hf auth login."
            );
        _client = new HubClient(_environment) { Pause = pause ?? Task.Delay };
    }

    /// <summary>Uploads.</summary>
    /// <param name="request">The folder and the repository.</param>
    /// <param name="onProgress">Called as it goes on.</param>
    /// <param name="cancel">Stops it; without the commit nothing shows.</param>
    /// <exception cref="SimperException">The token may not, the hub refuses a file, or cannot be reached.</exception>
    public async Task<PushResult> RunAsync(
        PushRequest request,
        Action<PushProgress>? onProgress = null,
        CancellationToken cancel = default
    )
    {
        Action<PushProgress> tell = onProgress ?? (_ => { });
        LocalFile[] files = Files(request);
        HubReference reference = await OwnedAsync(request.Repository, cancel);
        bool isNew = await CreateAsync(reference, request.IsPrivate, cancel);
        tell(new PushProgress(0, 0, "checking"));
        IReadOnlyList<string> warnings = Array.Find(files, f => f.Path == Card) is { } card
            ? await ValidateAsync(card, reference, cancel)
            : [];
        var commit = new HubCommit(_client, reference);
        IReadOnlyList<PlannedFile> planned = await commit.PlanAsync(files, cancel);
        PlannedFile[] changed = [.. planned.Where(f => !f.IsThere)];
        string[] unchanged = [.. planned.Where(f => f.IsThere).Select(f => f.File.Path)];
        string page = new HubAddresses(_environment.Endpoint, reference.Kind, reference.Id).Page;
        if (changed.Length == 0)
            return new PushResult(reference.Id, page, [], unchanged, 0, isNew, warnings);
        (LocalFile File, string Sha)[] large = [.. changed.Where(f => f.Sha is not null).Select(f => (f.File, f.Sha!))];
        long all = large.Sum(f => f.File.Size);
        (long sent, long present) = (0, 0);
        await new LargeUpload(_client, reference).RunAsync(
            large,
            more => tell(new PushProgress(Interlocked.Add(ref sent, more) + present, all, "sending")),
            there => present += there,
            cancel
        );
        tell(new PushProgress(all, all, "committing"));
        string address = await commit.SendAsync(changed, request.Message, request.Description, cancel);
        return new PushResult(reference.Id, address, [.. changed.Select(f => f.File.Path)], unchanged, sent, isNew, warnings);
    }

    public void Dispose() => _client.Dispose();

    private static LocalFile[] Files(PushRequest request)
    {
        if (!Directory.Exists(request.Folder))
            throw new SimperException($"{request.Folder} is no folder; name the folder of a run or of a model.");
        List<LocalFile> files =
        [
            .. Directory
                .EnumerateFiles(request.Folder, "*", SearchOption.AllDirectories)
                .Select(f => (Path: Path.GetRelativePath(request.Folder, f).Replace('\\', '/'), File: f))
                .Where(f => !f.Path.Split('/').Any(p => p.StartsWith('.')) && HubNames.IsInside(f.Path))
                .OrderBy(f => f.Path, StringComparer.Ordinal)
                .Select(f => LocalFile.Of(f.Path, f.File)),
        ];
        if (files.Count == 0)
            throw new SimperException($"{request.Folder} holds no files to upload.");
        if (request.Card is { } card && !files.Exists(f => f.Path == Card))
            files.Insert(0, LocalFile.Of(Card, Encoding.UTF8.GetBytes(card)));
        return [.. files];
    }

    // A name alone is in the account of the token.
    private async Task<HubReference> OwnedAsync(HubReference reference, CancellationToken cancel)
    {
        if (reference.Id.Contains('/', StringComparison.Ordinal))
            return reference;
        (JsonNode json, _) = await _client.JsonAsync(
            HttpMethod.Get,
            new Uri(_environment.Endpoint + "/api/whoami-v2"),
            reference,
            cancel
        );
        return HubReference.Parse(reference.Kind, $"{json["name"]}/{reference.Id}") is { } owned
            ? owned with
            {
                Revision = reference.Revision,
            }
            : throw new SimperException(
                $"The hub does not say whose token it is; name the repository as organisation/{reference.Id}."
            );
    }

    private async Task<bool> CreateAsync(HubReference reference, bool isPrivate, CancellationToken cancel)
    {
        string[] parts = reference.Id.Split('/');
        var body = new JsonObject { ["name"] = parts[1], ["organization"] = parts[0] };
        if (reference.Kind == HubKind.Dataset)
            body["type"] = "dataset";
        if (isPrivate)
            body["visibility"] = "private";
        using HttpResponseMessage answer = await _client.FollowAsync(
            HttpMethod.Post,
            new Uri(_environment.Endpoint + "/api/repos/create"),
            cancel,
            r => r.Content = HubCommit.Json(body)
        );
        if (answer.StatusCode == HttpStatusCode.Conflict)
            return false;
        if (answer.IsSuccessStatusCode)
            return true;
        // Tokens for one repository may not make any; that is no hindrance where it is there.
        if (answer.StatusCode == HttpStatusCode.Forbidden && await IsThereAsync(reference, cancel))
            return false;
        throw await HubErrors.OfAsync(answer, reference, _environment, cancel);
    }

    private async Task<bool> IsThereAsync(HubReference reference, CancellationToken cancel)
    {
        Uri address = new HubAddresses(_environment.Endpoint, reference.Kind, reference.Id).Revision(HubReference.MainBranch);
        using HttpResponseMessage answer = await _client.FollowAsync(HttpMethod.Get, address, cancel);
        return answer.IsSuccessStatusCode;
    }

    private async Task<IReadOnlyList<string>> ValidateAsync(LocalFile card, HubReference reference, CancellationToken cancel)
    {
        var body = new JsonObject
        {
            ["content"] = Encoding.UTF8.GetString(card.Content()),
            ["repoType"] = reference.Kind == HubKind.Model ? "model" : "dataset",
        };
        (JsonNode json, _) = await _client.JsonAsync(
            HttpMethod.Post,
            new Uri(_environment.Endpoint + "/api/validate-yaml"),
            reference,
            cancel,
            () => HubCommit.Json(body)
        );
        string[] errors = Messages(json["errors"]);
        return errors.Length == 0
            ? Messages(json["warnings"])
            : throw new SimperException($"{Card}: the hub does not take what is above its text: {string.Join("; ", errors)}.");
    }

    private static string[] Messages(JsonNode? list) =>
        list is JsonArray array
            ? [.. array.Select(m => FileFault.Quote((m as JsonObject)?["message"]?.ToString() ?? m?.ToJsonString() ?? ""))]
            : [];
}
