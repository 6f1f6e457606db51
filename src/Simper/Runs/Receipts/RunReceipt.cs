using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Simper.Checkpoints;
using Simper.Runs.Resuming;

namespace Simper.Runs.Receipts;

/// <summary>
/// What a run was made of and what came out, so that anybody can check it: <c>receipt.json</c> in its folder. Written before the
/// first step, completed after each traced step and at the end; see <see cref="ReceiptCheck"/>. It holds hashes, names and
/// numbers, and no rows, answers or secrets. Immutable.
/// </summary>
public sealed record RunReceipt
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string FileName = "receipt.json";

    private const int CurrentFormat = 1;
    private const string Digest = "sha256";

    // As a checkpoint's numbers: doubles read back to the same bits.
    private static readonly JsonSerializerOptions Exact = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The version of its layout.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The resolved recipe, as in <c>recipe.yaml</c>, line by line, secrets masked.</summary>
    public required IReadOnlyList<string> Recipe { get; init; }

    /// <summary>What the numbers' last bits depend on besides: versions, threads, processor.</summary>
    public required IReadOnlyDictionary<string, string> Program { get; init; }

    /// <summary>The sizes of passes, which the memory decided: they round sums.</summary>
    public required PassSizes Passes { get; init; }

    /// <summary>The model that it began with.</summary>
    public required ReceiptModel Model { get; init; }

    /// <summary>What it trains on.</summary>
    public required ReceiptRows Train { get; init; }

    /// <summary>What it holds out; null for nothing.</summary>
    public ReceiptRows? HeldOut { get; init; }

    /// <summary>Its first steps.</summary>
    public IReadOnlyList<TracedStep> Trace { get; init; } = [];

    /// <summary>Where it was resumed, in order.</summary>
    public IReadOnlyList<ResumedRun> Resumed { get; init; } = [];

    /// <summary>What it ended with; null while it goes on, or where it was killed.</summary>
    public ReceiptResult? Result { get; init; }

    /// <summary>Whether the file is as it was written, by its own digest.</summary>
    [JsonIgnore]
    public bool IsAsWritten { get; private init; } = true;

    /// <summary>The recipe that is in the run's folder: that of the start, or the one it was last resumed with.</summary>
    [JsonIgnore]
    internal IReadOnlyList<string> LastRecipe => Resumed.LastOrDefault(r => r.Recipe is not null)?.Recipe ?? Recipe;

    /// <summary>Reads a run's receipt.</summary>
    /// <param name="run">The run's folder.</param>
    /// <exception cref="SimperException">It has none, or it cannot be read.</exception>
    public static RunReceipt Read(string run)
    {
        if (!Directory.Exists(run))
            throw new SimperException($"{run} is no folder; give the output_dir of a run.");
        string file = Path.Combine(run, FileName);
        if (!File.Exists(file))
            throw new SimperException(
                $"{run} holds no {FileName}; "
                    + (
                        FolderKind.Run.IsIn(run)
                            ? "its run was made by an earlier version, which wrote none."
                            : "give the output_dir of a run."
                    )
            );
        return OwnJson.Read(
            file,
            file,
            CurrentFormat,
            "no receipt of a run",
            json =>
            {
                string? digest = (string?)json[Digest];
                json.Remove(Digest);
                return json.Deserialize<RunReceipt>(Exact)! with { IsAsWritten = digest == DigestOf(json) };
            }
        );
    }

    /// <summary>As in the file, with the SHA-256 of all the rest.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = JsonSerializer.SerializeToNode(this, Exact)!.AsObject();
        json[Digest] = DigestOf(json);
        return json;
    }

    // Over what was parsed, so that white space does not count.
    private static string DigestOf(JsonObject json) => FileHash.Sha256(Encoding.UTF8.GetBytes(ReadableJson.OneLine(json)));
}
