namespace Simper.Experiments;

/// <summary>A set of measured pairs.</summary>
public enum PairSet
{
    /// <summary>Pairs that no arm trains on.</summary>
    HeldOut,

    /// <summary>A fixed sample of the pairs that arms train on.</summary>
    Train,
}
