using Simper.Models.Adapters;

namespace Simper.Models.Gguf;

/// <summary>What llama.cpp's file of an adapter cannot hold, each by its name.</summary>
internal static class AdapterGgufLimits
{
    private const string Remedy = "merge the adapter into its model instead (simper merge, or simper export without --adapter)";

    /// <summary>Refuses everything but pairs of low-rank matrices.</summary>
    /// <exception cref="SimperException">There is something else.</exception>
    public static void Expect(AdapterPlan plan, string source)
    {
        if (plan.Config.UseDora)
            throw Refusal(source, "the magnitudes of DoRA (use_dora)");
        string[] biases = [.. plan.Whole.Where(IsBias).Order(StringComparer.Ordinal)];
        if (plan.Whole.Except(biases).Order(StringComparer.Ordinal).FirstOrDefault() is { } whole)
            throw Refusal(source, $"weights that were trained whole (modules_to_save: {whole})");
        if (biases.Length > 0)
            throw Refusal(source, $"biases that were trained ({biases[0]})");
    }

    /// <summary>Refuses modules that are no matrix of the model's own file, or only a part of one.</summary>
    /// <exception cref="SimperException">There is one.</exception>
    public static void ExpectPlaces(
        AdapterPlan plan,
        GgufForm form,
        string source,
        IReadOnlyList<(AdaptedRowsOfTensor Place, AdapterTarget Target)> placed
    )
    {
        foreach (AdapterTarget target in plan.Targets)
        {
            string name = target.Module.Name;
            if (target.Module.Kind == ModuleKind.Embedding && form.Shape.TiedHead)
                throw Refusal(source, $"the adapter of {name} alone where the head is the same matrix");
            if (!placed.Any(p => p.Target.Module.Name == name))
                throw Refusal(
                    source,
                    target.Module.Kind == ModuleKind.Head
                        ? $"the adapter of {name} where the head is the embedding"
                        : $"the adapter of {name}"
                );
        }
        foreach (
            IGrouping<GgufStored, (AdaptedRowsOfTensor Place, AdapterTarget Target)> own in placed.GroupBy(p => p.Place.Stored)
        )
        {
            (AdaptedRowsOfTensor place, AdapterTarget first) = own.First();
            if (own.FirstOrDefault(p => p.Target.Module.Rows != p.Place.Rows).Target is { } part)
                throw Refusal(source, $"the adapter of {part.Module.Name}, which is a part of {own.Key.Name}");
            if (place.Experts > own.Count())
                throw Refusal(
                    source,
                    $"adapters of some experts and not of all ({first.Module.Name} is one of {own.Count()} of {place.Experts})"
                );
            if (own.FirstOrDefault(p => p.Target.Rank != first.Rank).Target is { } other)
                throw Refusal(
                    source,
                    $"experts of different ranks ({first.Module.Name} has {first.Rank}, {other.Module.Name} {other.Rank})"
                );
        }
    }

    private static bool IsBias(string tensor) => tensor.EndsWith("bias", StringComparison.Ordinal);

    private static SimperException Refusal(string source, string what) =>
        new($"The adapter of {source} cannot be written for llama.cpp: its file cannot hold {what}; {Remedy}.");
}
