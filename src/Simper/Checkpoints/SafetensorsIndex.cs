using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Hub;

namespace Simper.Checkpoints;

/// <summary>
/// The index of a sharded checkpoint: which file holds which tensor. Its names are untrusted: only plain file names inside the
/// folder are opened, and shards and index must agree exactly.
/// </summary>
internal static class SafetensorsIndex
{
    private const int MostShards = 10_000;

    /// <summary>All shards, opened and validated, keyed by tensor name.</summary>
    public static Dictionary<string, SafetensorsFile> Open(string folder, string index)
    {
        JsonObject json = FolderFiles.ReadJson(index);
        if (json["weight_map"] is not JsonObject map || map.Count == 0)
            throw FileFault.At(index, "it has no weight_map that names the file of each tensor", "InvalidIndex");

        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var fileOf = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach ((string tensor, JsonNode? value) in map)
            {
                string shard = ShardName(value, tensor, index);
                if (!shards.TryGetValue(shard, out SafetensorsFile? file))
                {
                    if (shards.Count == MostShards)
                        throw FileFault.At(index, $"it names more than {MostShards} files", "InvalidIndex");
                    shards.Add(shard, file = OpenShard(folder, shard, index));
                }
                if (!file.Tensors.ContainsKey(tensor))
                    throw FileFault.At(
                        index,
                        $"tensor {FileFault.Quote(tensor)} is not in {shard}, where the index puts it",
                        "TensorNotInShard"
                    );
                fileOf.Add(tensor, file);
            }
            CheckWhatShardsHold(shards, fileOf, index);
            CheckTotalSize(json, shards.Values, index);
            return fileOf;
        }
        catch
        {
            foreach (SafetensorsFile file in shards.Values)
                file.Dispose();
            throw;
        }
    }

    private static string ShardName(JsonNode? value, string tensor, string index)
    {
        if (value is not JsonValue text || !text.TryGetValue(out string? name))
            throw FileFault.At(index, $"the file of tensor {FileFault.Quote(tensor)} must be a name", "InvalidIndex");
        bool plain =
            name.Length is > 0 and <= 255
            && name.IndexOfAny(['/', '\\', ':', '%']) < 0
            && !name.Any(char.IsControl)
            && name is not ("." or "..")
            && name.EndsWith(".safetensors", StringComparison.Ordinal);
        return plain
            ? name
            : throw FileFault.At(
                index,
                $"the file name {FileFault.Quote(name)} of tensor {FileFault.Quote(tensor)} is not the plain name of a "
                    + ".safetensors file in this folder",
                "UnsafeShardName"
            );
    }

    private static SafetensorsFile OpenShard(string folder, string shard, string index)
    {
        string path = Path.Combine(folder, shard);
        if (!File.Exists(path))
            throw FileFault.At(index, $"its file {shard} is missing; {HubCache.Remedy(folder, "fetch it")}", "ShardMissing");
        if (File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target && !MayLinkTo(folder, target.FullName))
            throw FileFault.At(
                index,
                $"its file {shard} is a link that leaves the folder; put the file itself there",
                "UnsafeShardName"
            );
        return SafetensorsFile.Open(path);
    }

    /// <summary>Inside the folder, or where the Hugging Face cache keeps the files that its snapshot folders link to.</summary>
    private static bool MayLinkTo(string folder, string target)
    {
        var info = new DirectoryInfo(Path.GetFullPath(folder));
        string real = (info.ResolveLinkTarget(returnFinalTarget: true) ?? info).FullName;
        return Inside(real, target)
            || (HubCache.RepositoryOf(real) is { } repository && Inside(Path.Combine(repository, "blobs"), target));
    }

    private static bool Inside(string folder, string path) =>
        path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static void CheckWhatShardsHold(
        Dictionary<string, SafetensorsFile> shards,
        Dictionary<string, SafetensorsFile> fileOf,
        string index
    )
    {
        foreach ((string shard, SafetensorsFile file) in shards)
        {
            foreach (string tensor in file.Tensors.Keys)
            {
                if (!fileOf.TryGetValue(tensor, out SafetensorsFile? listed))
                    throw FileFault.At(
                        index,
                        $"{shard} holds tensor {FileFault.Quote(tensor)}, which the index does not name",
                        "TensorNotInIndex"
                    );
                if (listed != file)
                    throw FileFault.At(
                        index,
                        $"tensor {FileFault.Quote(tensor)} is in two files, {shard} and {Path.GetFileName(listed.Path)}",
                        "TensorInTwoShards"
                    );
            }
        }
    }

    private static void CheckTotalSize(JsonObject json, IEnumerable<SafetensorsFile> shards, string index)
    {
        if ((json["metadata"] as JsonObject)?["total_size"] is not { } stated)
            return;
        long actual = shards.Sum(file => file.Tensors.Values.Sum(tensor => tensor.Bytes));
        bool equal =
            stated.GetValueKind() == JsonValueKind.Number && stated.AsValue().TryGetValue(out double bytes) && bytes == actual;
        if (!equal)
            throw FileFault.At(
                index,
                $"its total_size is {FileFault.Quote(stated.ToJsonString())}, the tensors have {actual} bytes; index and "
                    + "files do not belong together",
                "WrongTotalSize"
            );
    }
}
