using Simper.Server.Answers;
using Simper.Serving;

namespace Simper.Server.Hosting;

/// <summary>Shows what engines are doing.</summary>
internal static class EngineMetrics
{
    /// <summary>Adds a gauge for each of their numbers.</summary>
    public static void Observe(ServerMetrics metrics, IReadOnlyList<HostedModel> models)
    {
        Add("queued", "{sequence}", "Answers that wait.", c => c.Queued);
        Add("running", "{sequence}", "Answers that are computed.", c => c.Running);
        Add("pages", "{page}", "Pages of the key-value cache.", c => c.Pages);
        Add("pages_used", "{page}", "Pages that running answers use.", c => c.PagesUsed);
        Add("pages_kept", "{page}", "Pages kept for prefixes to come back to.", c => c.PagesKept);
        Add("preempted", "{sequence}", "Times that an answer gave up its pages.", c => c.Preempted);
        Add("prompt_tokens", "{token}", "Tokens of prompts.", c => c.PromptTokens);
        Add("cached_tokens", "{token}", "Those of them that were found in the cache.", c => c.CachedTokens);
        Add("steps", "{pass}", "Passes through the model.", c => c.Steps);

        void Add(string name, string unit, string about, Func<EngineCounters, double> value) =>
            metrics.Observe($"simper.engine.{name}", unit, about, () => models.Select(m => (m.Name, value(m.Engine.Counters))));
    }
}
