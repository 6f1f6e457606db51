namespace Simper.Analysis;

/// <summary>What a fit q to a target p minimises.</summary>
public enum FitObjective
{
    /// <summary>KL(p ‖ q), maximum likelihood: covers every mode, and what is between them.</summary>
    ForwardKl,

    /// <summary>KL(q ‖ p): avoids regions where the target has no mass.</summary>
    ReverseKl,

    /// <summary>½ ∫ |p - q|.</summary>
    TotalVariation,

    /// <summary>
    /// -∫ p q, the chosen half of SimPER's loss where every answer has one token: 1 - E_p[q] bounds the total variation from
    /// above. Linear in q, so its best q is a point mass on the highest mode; it is fitted with a floor under the standard
    /// deviation.
    /// </summary>
    SimPerSurrogate,
}
