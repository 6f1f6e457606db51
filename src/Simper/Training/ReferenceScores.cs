using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Simper.Batching;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Scoring;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// The reference model's sums of log-probs, computed once before training: the same numbers as from a frozen copy of the model,
/// without its memory (TRL: <c>precompute_ref_log_probs</c>). They can be cached on disk. Thread safe after construction.
/// </summary>
public sealed class ReferenceScores : Reference
{
    // Keyed by content: a data set creates a new object for a group each time. Each group stores only the start of its sums: an
    // object each would be most of a long run's memory.
    private readonly Dictionary<ulong, int> _starts = [];
    private readonly List<double> _sums = [];

    private ReferenceScores() { }

    /// <summary>Number of groups with scores.</summary>
    public int Count => _starts.Count;

    /// <summary>Scores groups with <paramref name="reference"/>, which is not needed afterwards.</summary>
    /// <param name="reference">The reference, usually the policy before its first step.</param>
    /// <param name="groups">All groups that will be looked up.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once.</param>
    /// <param name="needs">How the objective weights tokens; null for 1 each.</param>
    /// <param name="progress">Receives the number of groups done.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    public static ReferenceScores Of(
        LanguageModel reference,
        IReadOnlyList<TokenizedGroup> groups,
        int tokensPerMicroBatch = 4096,
        ScoreNeeds? needs = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    ) => Of(reference, [groups], tokensPerMicroBatch, needs, progress, cancel);

    private static ReferenceScores Of(
        LanguageModel reference,
        IReadOnlyList<IReadOnlyList<TokenizedGroup>> sets,
        int tokensPerMicroBatch,
        ScoreNeeds? needs,
        IProgress<int>? progress,
        CancellationToken cancel
    )
    {
        var scores = new ReferenceScores();
        int done = 0;
        foreach (
            IReadOnlyList<TokenizedGroup> part in sets.SelectMany(groups =>
                MicroBatchPlan.Split(groups, int.MaxValue, tokensPerMicroBatch)
            )
        )
        {
            cancel.ThrowIfCancellationRequested();
            scores.Score(reference, part, needs ?? ScoreNeeds.Sums);
            progress?.Report(done += part.Count);
        }
        return scores;
    }

    /// <summary>The same, read from a cache folder by model and data if present; else computed and cached there.</summary>
    /// <param name="folder">The cache folder; null for no cache.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="sets">The data sets whose groups will be looked up.</param>
    /// <param name="needs">How the objective weights tokens.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once.</param>
    /// <param name="progress">Receives the number of groups done.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    public static ReferenceScores Cached(
        string? folder,
        LanguageModel reference,
        IReadOnlyList<IReadOnlyList<TokenizedGroup>> sets,
        ScoreNeeds needs,
        int tokensPerMicroBatch = 4096,
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    )
    {
        string? file = folder is null ? null : Path.Combine(folder, Identity(reference, sets, needs, cancel) + ".reference");
        if (file is not null && Read(file) is { } kept)
            return kept;
        ReferenceScores scores = Of(reference, sets, tokensPerMicroBatch, needs, progress, cancel);
        if (file is not null)
            scores.Write(file);
        return scores;
    }

    private void Score(LanguageModel reference, IReadOnlyList<TokenizedGroup> part, ScoreNeeds needs)
    {
        MicroBatch batch = MicroBatch.Of(part, ScoreNeeds.Sums with { TailWeight = needs.TailWeight });
        using ScoringPass pass = ScoringPass.Forward(reference.Decoder, batch, forBackward: false);
        using Tensor wide = pass.Sums.to(ScalarType.Float64);
        double[] sums = wide.data<double>().ToArray();
        for (int i = 0; i < sums.Length; i++)
        {
            TokenizedGroup group = part[batch.Answers[i].Group];
            if (!_starts.TryGetValue(Key(group), out int start))
            {
                _starts.Add(Key(group), start = _sums.Count);
                CollectionsMarshal.SetCount(_sums, start + group.Answers.Length);
            }
            _sums[start + batch.Answers[i].Index] = sums[i];
        }
    }

    private static string Identity(
        LanguageModel reference,
        IReadOnlyList<IReadOnlyList<TokenizedGroup>> sets,
        ScoreNeeds needs,
        CancellationToken cancel
    )
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(
            System.Text.Encoding.UTF8.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"2 {reference.Fingerprint(cancel)} {reference.Precision} {needs.TailWeight}"
                )
            )
        );
        foreach (TokenizedGroup group in sets.SelectMany(groups => groups))
            hash.AppendData(BitConverter.GetBytes(Key(group)));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    // Keys and starts, then sums, preceded by a hash of both. An incomplete file is ignored.
    private static ReferenceScores? Read(string file)
    {
        if (!File.Exists(file))
            return null;
        byte[] bytes = File.ReadAllBytes(file);
        if (bytes.Length < 40 || !SHA256.HashData(bytes.AsSpan(32)).AsSpan().SequenceEqual(bytes.AsSpan(0, 32)))
            return null;
        using var reader = new BinaryReader(new MemoryStream(bytes, 32, bytes.Length - 32));
        var scores = new ReferenceScores();
        for (int i = reader.ReadInt32(); i > 0; i--)
            scores._starts.Add(reader.ReadUInt64(), reader.ReadInt32());
        for (int i = reader.ReadInt32(); i > 0; i--)
            scores._sums.Add(reader.ReadDouble());
        return scores;
    }

    private void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(_starts.Count);
        foreach ((ulong key, int start) in _starts)
        {
            writer.Write(key);
            writer.Write(start);
        }
        writer.Write(_sums.Count);
        foreach (double sum in _sums)
            writer.Write(sum);
        byte[] written = stream.ToArray();
        WholeFile.Write(file, SHA256.HashData(written), written);
    }

    // 64 bits each of row, which already differs between the rows of a file, and of content: the ids and their loss mask, since
    // the same ids may be scored differently in another mode.
    private static ulong Key(TokenizedGroup group)
    {
        ulong hash = (14695981039346656037 ^ (uint)group.Row) * 1099511628211; // FNV-1a over whole ids
        Mix(group.Prompt, []);
        foreach (TokenizedAnswer answer in group.Answers)
            Mix(answer.Ids, answer.IsScored);
        return hash;

        void Mix(int[] ids, bool[] isScored)
        {
            for (int i = 0; i < ids.Length; i++)
                hash = (hash ^ (2 * (ulong)(uint)ids[i] + (i < isScored.Length && isScored[i] ? 1UL : 0))) * 1099511628211;
            hash = (hash ^ 0x9e3779b97f4a7c15) * 1099511628211; // the end of a sequence
        }
    }

    internal override Tensor For(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch, ScalarType type) =>
        tensor(
            batch
                .Answers.Select(a => a.Index == MicroBatch.PromptIndex ? 0 : _sums[_starts[Key(groups[a.Group])] + a.Index])
                .ToArray(),
            dtype: type
        );
}
