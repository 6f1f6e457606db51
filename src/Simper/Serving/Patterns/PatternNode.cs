namespace Simper.Serving.Patterns;

/// <summary>A part of a regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of several.</summary>
    public sealed record One(CodePoints Of) : PatternNode;

    /// <summary>Parts one after another.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>Any of several.</summary>
    public sealed record Any(IReadOnlyList<PatternNode> Options) : PatternNode;

    /// <summary>A part so often.</summary>
    public sealed record Repeated(PatternNode Part, int Least, int Most) : PatternNode;

    /// <summary>The beginning of the text.</summary>
    public sealed record Beginning : PatternNode;

    /// <summary>The end of the text.</summary>
    public sealed record End : PatternNode;
}
