using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>
/// Downloads a repository of the Hugging Face hub into the cache that Python's tools share. Called by <c>simper pull</c> alone:
/// nothing else in Simper asks the hub for anything. An interrupted download is gone on with by the next one. Thread safe.
/// </summary>
public sealed class HubPull : IDisposable
{
    private const int Together = 4; // files at once
    private const double SpareSpace = 1.01;

    // Weights in formats that are not read, of which repositories keep copies beside safetensors.
    private static readonly string[] OtherWeights =
    [
        "*.bin",
        "*.pt",
        "*.pth",
        "*.ckpt",
        "*.h5",
        "*.msgpack",
        "*.ot",
        "*.onnx",
        "*.onnx_data",
        "*.mlmodel",
        "*.tflite",
        "original/*",
        "onnx/*",
        "openvino/*",
        "coreml/*",
        "flax_model*",
    ];

    private readonly HubEnvironment _environment;
    private readonly HubClient _client;

    /// <param name="environment">The hub, the cache, the token; those of this process when not given.</param>
    /// <exception cref="SimperException">Downloads are switched off, or the address is none.</exception>
    public HubPull(HubEnvironment? environment = null)
        : this(environment, pause: null) { }

    internal HubPull(HubEnvironment? environment, Func<TimeSpan, CancellationToken, Task>? pause)
    {
        _environment = environment ?? HubEnvironment.Current;
        if (_environment.IsOffline)
            throw new SimperException(
                "HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) switches downloads off; unset it to fetch something."
            );
        _client = new HubClient(_environment) { Pause = pause ?? Task.Delay };
    }

    /// <summary>Downloads what is not there yet.</summary>
    /// <param name="request">The repository and its files.</param>
    /// <param name="onProgress">Called as it goes on, from several threads, one at a time.</param>
    /// <param name="cancel">Stops it; what is there stays, and is gone on with.</param>
    /// <exception cref="SimperException">There is no such repository, revision or file, no access or no space, or the hub
    /// cannot be reached; the message says what to do.</exception>
    public async Task<PullResult> RunAsync(
        PullRequest request,
        Action<PullProgress>? onProgress = null,
        CancellationToken cancel = default
    )
    {
        HubReference reference = request.Repository;
        var listing = new HubListing(_client, reference);
        string commit = await listing.CommitAsync(cancel);
        var store = new CacheStore(_environment, reference, commit);
        IReadOnlyList<HubFile> all = await listing.FilesAsync(store, cancel);
        (HubFile[] wanted, string[] leftOut) = Chosen(request, all);
        try
        {
            store.Begin();
            HubFile[] missing = Array.FindAll(wanted, f => !HubCache.HasFile(store.FileOf(f.Path)));
            ExpectSpace(store, missing);
            store.WriteListing(all);
            await FetchAllAsync(store, reference, missing, onProgress ?? (_ => { }), cancel);
            store.WriteRevision(reference.Revision ?? HubReference.MainBranch);
            return new PullResult(
                store.Snapshot,
                commit,
                [.. wanted.Select(f => f.Path)],
                wanted.Sum(f => f.Size),
                missing.Sum(f => f.Size),
                leftOut
            );
        }
        catch (Exception e) when (SystemFault.IsOfTheSystem(e))
        {
            throw new SimperException(
                $"{_environment.Cache}, the cache of the Hugging Face hub, cannot be written: "
                    + $"{SystemFault.Sentence(e)}; make room, or "
                    + "name another folder in HF_HUB_CACHE.",
                e
            );
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task FetchAllAsync(
        CacheStore store,
        HubReference reference,
        HubFile[] missing,
        Action<PullProgress> onProgress,
        CancellationToken cancel
    )
    {
        var gate = new Lock();
        (long bytes, int files) = (0, 0);
        long allBytes = missing.Sum(f => f.Size);
        void Tell(long more, int complete, string? note = null)
        {
            lock (gate)
            {
                (bytes, files) = (bytes + more, files + complete);
                onProgress(new PullProgress(bytes, allBytes, files, missing.Length, note));
            }
        }
        _client.OnWait = wait => Tell(0, 0, $"the hub asks to wait {wait.TotalSeconds:F0} s");
        Tell(0, 0);
        // One content is fetched once, whatever files it has, and by the first of them: which requests are made does not depend
        // on which thread is faster.
        HubFile[][] contents = [.. missing.GroupBy(f => f.LargeId ?? f.GitId).Select(g => g.ToArray())];
        async ValueTask FetchContentAsync(HubFile[] same, CancellationToken stop)
        {
            foreach (HubFile file in same)
                await FetchAsync(store, reference, file, Tell, stop);
        }
        // The first alone: where there is no access, one request says so.
        if (contents.Length > 0)
            await FetchContentAsync(contents[0], cancel);
        await Parallel.ForEachAsync(
            contents.Skip(1),
            new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancel },
            FetchContentAsync
        );
    }

    private async Task FetchAsync(
        CacheStore store,
        HubReference reference,
        HubFile file,
        Action<long, int, string?> tell,
        CancellationToken cancel
    )
    {
        Task<FileAnnouncement> Announced() => FileAnnouncement.OfAsync(_client, reference, store.Commit, file.Path, cancel);
        FileAnnouncement announced = await Announced();
        using (await store.LockAsync(announced.Tag, cancel))
        {
            if (HubCache.HasFile(store.Blob(announced.Tag)))
            {
                store.Place(file.Path, announced.Tag, complete: null);
                tell(file.Size, 1, null);
                return;
            }
            string target = store.Incomplete(announced.Tag);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var download = new BlobDownload(_client, reference);
            await download.RunAsync(announced, Announced, file.Path, target, more => tell(more, 0, null), cancel);
            store.Place(file.Path, announced.Tag, target);
            tell(0, 1, null);
        }
    }

    // Large files first, so that the last one does not run alone.
    private static (HubFile[] Wanted, string[] LeftOut) Chosen(PullRequest request, IReadOnlyList<HubFile> all)
    {
        string[] exclude = [.. request.Exclude];
        bool hasWeights = all.Any(f => IsWeights(f.Path));
        if (request.Repository.Kind == HubKind.Model && request.Include.Count == 0 && hasWeights)
            exclude = [.. exclude, .. OtherWeights];
        HubFile[] wanted =
        [
            .. all.Where(f =>
                (request.Include.Count == 0 || request.Include.Any(p => HubGlob.Matches(p, f.Path)))
                && !exclude.Any(p => HubGlob.Matches(p, f.Path))
            ),
        ];
        if (wanted.Length == 0)
            throw new SimperException(
                all.Count == 0
                    ? $"{request.Repository.Id} has no files."
                    : $"None of the {all.Count} files of {request.Repository.Id} is wanted by --include and --exclude; there are "
                        + $"{string.Join(", ", all.Select(f => f.Path).Take(12))}{(all.Count > 12 ? ", ..." : "")}."
            );
        return (
            [.. wanted.OrderByDescending(f => f.Size).ThenBy(f => f.Path, StringComparer.Ordinal)],
            [.. all.Except(wanted).Select(f => f.Path)]
        );
    }

    private static bool IsWeights(string path) =>
        path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    private void ExpectSpace(CacheStore store, HubFile[] missing)
    {
        long needed = missing.Sum(f => f.Size);
        long free = store.FreeBytes;
        if (needed * SpareSpace > free)
            throw new SimperException(
                $"{needed / 1e9:F1} GB are to be fetched, but only {free / 1e9:F1} GB are free where "
                    + $"{_environment.Cache} lies; make room, "
                    + "take fewer files (--include), or name another folder in HF_HUB_CACHE."
            );
    }
}
