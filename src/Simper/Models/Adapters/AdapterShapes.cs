namespace Simper.Models.Adapters;

/// <summary>The tensors of an adapter's file, from its plan.</summary>
internal static class AdapterShapes
{
    /// <summary>Names and shapes, in the order of the model.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(AdapterPlan plan)
    {
        foreach ((AdaptableModule module, int own, _) in plan.Targets)
        {
            int rank = plan.Config.Start == AdapterStart.Pissa ? 2 * own : own; // with what it began from
            string path = AdapterTensor.Prefix + module.Name;
            if (module.Kind == ModuleKind.Embedding)
            {
                yield return (path + ".lora_embedding_A", [rank, module.Rows]);
                yield return (path + ".lora_embedding_B", [module.Columns, rank]);
                continue;
            }
            yield return (path + ".lora_A.weight", [rank, module.Columns]);
            yield return (path + ".lora_B.weight", [module.Rows, rank]);
            if (plan.Config.UseDora)
                yield return (path + ".lora_magnitude_vector", [module.Rows]);
        }
        foreach (WeightPart part in plan.Names.Slots(plan.Shape).SelectMany(s => s.Parts))
        {
            if (plan.Whole.Contains(part.Name))
                yield return (plan.StoredName(part.Name), part.Shape);
            if (part.Name == plan.Names.Embedding + ".weight" && plan.TiedName is { } tied)
                yield return (AdapterTensor.Prefix + tied, part.Shape);
        }
    }
}
