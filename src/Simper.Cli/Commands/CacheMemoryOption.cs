using System.CommandLine;
using Simper.Runs;
using Simper.Serving;

namespace Simper.Cli.Commands;

/// <summary>The option for the memory of an engine's key-value cache.</summary>
/// <param name="whose">Whose cache it is, for its help.</param>
internal sealed class CacheMemoryOption(string whose)
{
    public Option<string?> Memory { get; } =
        new("--cache_memory") { HelpName = "SIZE", Description = $"Memory of {whose} key-value cache, as 1GB." };

    /// <summary>Settings with the memory that was asked for.</summary>
    /// <exception cref="SimperException">It is no size.</exception>
    public EngineSettings Apply(ParseResult parsed, EngineSettings settings) =>
        parsed.GetValue(Memory) is { } memory
            ? settings with
            {
                CacheBytes = RecipeValue.OfOption("cache_memory", memory).BytesOrNull() ?? settings.CacheBytes,
            }
            : settings;
}
