namespace Simper.Objectives;

/// <summary>The objectives that recipes can name. Immutable, thread safe.</summary>
/// <param name="Kinds">The objectives, in documentation order.</param>
public sealed record ObjectiveCatalog(IReadOnlyList<ObjectiveKind> Kinds)
{
    /// <summary>All that Simper has.</summary>
    public static ObjectiveCatalog Standard { get; } =
        new([
            SimPer.Kind,
            Sft.Kind,
            Dpo.Kind,
            SimPo.Kind,
            Cpo.Kind,
            Orpo.Kind,
            Kto.Kind,
            Ipo.Kind,
            SlicHf.Kind,
            Rrhf.Kind,
            RDpo.Kind,
            CalDpo.Kind,
            AlphaPo.Kind,
            Bco.Kind,
            ConservativeDpo.Kind,
            RobustDpo.Kind,
            HingeDpo.Kind,
            ExoPair.Kind,
            NcaPair.Kind,
            BcoPair.Kind,
            SppoHard.Kind,
            Aot.Kind,
            AotUnpaired.Kind,
            ApoZero.Kind,
            ApoDown.Kind,
            ApoZeroUnpaired.Kind,
            DiscoPop.Kind,
            LengthNormalizedDpo.Kind,
            CpoHinge.Kind,
            CpoIpo.Kind,
            SimPerUnnormalized.Kind,
            SimPerWithReference.Kind,
            SimPerLinear.Kind,
        ]);

    /// <summary>The default objective.</summary>
    public string Usual { get; init; } = SimPer.Kind.Name;

    /// <summary>The catalog with another objective, replacing one of the same name.</summary>
    public ObjectiveCatalog With(ObjectiveKind kind) => this with { Kinds = [.. Kinds.Where(k => k.Name != kind.Name), kind] };

    /// <summary>The objective with a name or alias; null if there is none.</summary>
    public ObjectiveKind? Find(string name) =>
        Kinds.FirstOrDefault(k => k.Name == name)
        ?? Kinds.FirstOrDefault(k => k.Aliases.Contains(name) || k.NamedVariants.Any(v => v.Name == name));

    /// <summary>The objective that TRL's CPOTrainer knows under a name; null if there is none.</summary>
    public ObjectiveKind? FindOfCpoTrainer(string name) =>
        Kinds.FirstOrDefault(k => k.CpoTrainerNames.Contains(name)) ?? Find(name);
}
