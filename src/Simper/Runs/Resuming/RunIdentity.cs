using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Runs.Resuming;

/// <summary>
/// Whether a checkpoint is of the run that is to go on. Recipe, model and data must be the same; with another program or
/// machine the run goes on, but its last bits may differ from those of an uninterrupted run.
/// </summary>
internal static class RunIdentity
{
    // Free only where no checkpoint becomes the model.
    private static readonly string[] Saving = ["save_strategy", "save_steps"];

    // Where files lie and how often something is saved does not change the result; model and data are compared by content. Of
    // what ends a run the part before it does not depend.
    private static readonly HashSet<string> Free =
    [
        "model_name_or_path",
        "dataset_name",
        "eval_dataset_name",
        "output_dir",
        "overwrite_output_dir",
        "cache_dir",
        "strict_finite",
        "resume_from_checkpoint",
        "resume_override",
        "save_total_limit",
        "non_finite",
        "health_max_rollbacks",
        "ledger",
        "ledger_train_rows",
        .. Saving,
    ];

    // What a checkpoint's tensors are, by their types and their number: no switch makes others of them.
    private static readonly HashSet<string> Fixed = ["dtype", "from_scratch", "sync_ref_model"];

    /// <summary>What the last bits of a run's numbers depend on besides recipe, model and data.</summary>
    public static IReadOnlyDictionary<string, string> Program() =>
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = typeof(RunIdentity).Assembly.GetName().Version?.ToString(3) ?? "",
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["torchsharp"] = typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString() ?? "",
            ["libtorch"] = NativeLibraries.LibTorch,
            ["threads"] = TorchSharp.torch.get_num_threads().ToString(CultureInfo.InvariantCulture),
            ["processor"] = Processor.Architecture,
            ["processor_name"] = Processor.Name,
            ["vectors"] = Processor.Vectors,
            ["matrix_unit"] = Processor.HasMatrixUnit ? "yes" : "no",
        };

    /// <summary>A hash of rows: their ids, which of them are scored, and the weights of answers.</summary>
    public static string Of(IEnumerable<TokenizedGroup> groups)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TokenizedGroup group in groups)
        {
            Add(hash, group.Row, group.Prompt);
            for (int i = 0; i < group.Answers.Length; i++)
            {
                TokenizedAnswer answer = group.Answers[i];
                Add(hash, answer.UnpredictedTokens, answer.Ids);
                hash.AppendData(MemoryMarshal.AsBytes<bool>(answer.IsScored));
                hash.AppendData(BitConverter.GetBytes(group.WeightOf(i)));
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Refuses to continue another run.</summary>
    /// <param name="name">The checkpoint, for the message.</param>
    /// <param name="then">Where it was written.</param>
    /// <param name="recipe">The recipe now, as YAML.</param>
    /// <param name="model">The model's hash now.</param>
    /// <param name="data">The data's hash now.</param>
    /// <param name="allowed">What may differ.</param>
    /// <returns>What differs and is allowed to; and what is different without changing the run; in sentences.</returns>
    /// <exception cref="SimperException">It is of another run; the message lists what differs.</exception>
    public static (IReadOnlyList<string> Overridden, IReadOnlyList<string> Notes) Expect(
        string name,
        RunPosition then,
        string recipe,
        string model,
        string data,
        ResumeOverride allowed = ResumeOverride.None
    )
    {
        List<(ResumeOverride Kind, string Sentence)> differences =
        [
            .. Differences(then.Recipe, recipe)
                .Select(d => (Fixed.Contains(d.Key) ? ResumeOverride.None : ResumeOverride.Recipe, d.Sentence)),
        ];
        if (then.Model != model)
            differences.Add((ResumeOverride.None, "the model's weights are others"));
        if (then.Data != data)
            differences.Add((ResumeOverride.Data, "the rows, or the tokens made of them, are others"));
        if (differences.Any(d => (d.Kind & allowed) == 0))
            throw new SimperException(
                $"{name} is of another run and cannot be continued: {string.Join("; ", differences.Select(d => d.Sentence))}. "
                    + "Give the recipe that it was begun with (recipe.yaml in the run's folder), or begin anew"
                    + (
                        differences.TrueForAll(d => d.Kind != ResumeOverride.None)
                            ? $"; --resume_override {Words(differences.Select(d => d.Kind))} goes on all the same."
                            : "."
                    )
            );
        return ([.. differences.Select(d => d.Sentence)], Notes(then.Program));
    }

    private static string Words(IEnumerable<ResumeOverride> kinds) =>
        string.Join(',', kinds.Distinct().Order().Select(k => k == ResumeOverride.Recipe ? "recipe" : "data"));

    /// <summary>What is other about the program, the processor and the threads now, in sentences.</summary>
    public static IReadOnlyList<string> Notes(IReadOnlyDictionary<string, string> then) =>
        [
            .. Program()
                .Where(n => then.TryGetValue(n.Key, out string? was) && was != n.Value)
                .Select(n => $"{n.Key} is {n.Value} and was {then[n.Key]}; the last bits may differ from one unbroken run"),
        ];

    private static IEnumerable<(string Key, string Sentence)> Differences(string then, string now)
    {
        (Dictionary<string, string> before, Dictionary<string, string> after) = (Lines(then), Lines(now));
        bool choosesBest = after.GetValueOrDefault("load_best_model_at_end") == "true";
        foreach (string key in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            if (Free.Contains(key) && !(choosesBest && Saving.Contains(key)))
                continue;
            (string was, string @is) = (Value(before, key), Value(after, key));
            if (was != @is)
                yield return (key, $"{key} was {was} and is {@is}");
        }
    }

    // A recipe of before a key existed had what is now its default.
    private static string Value(Dictionary<string, string> lines, string key) =>
        lines.TryGetValue(key, out string? value) ? value
        : RecipeKeys.Find(key, out BoundKey? known) ? known.Get(new Recipe())
        : "not set";

    // A recipe is written one key a line.
    private static Dictionary<string, string> Lines(string yaml)
    {
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in yaml.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] is not ('#' or ' '))
                lines[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return lines;
    }

    private static void Add(IncrementalHash hash, int number, int[] ids)
    {
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(head, number);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], ids.Length);
        hash.AppendData(head);
        hash.AppendData(MemoryMarshal.AsBytes<int>(ids));
    }
}
