namespace Simper.Server.Tests;

/// <summary>Tests that measure the whole process, and run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
