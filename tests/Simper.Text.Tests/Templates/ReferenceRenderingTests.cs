using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

/// <summary>Published templates against the text of real Jinja2 in Hugging Face's environment, byte for byte.</summary>
public class ReferenceRenderingTests
{
    private static JsonNode Read(string name) =>
        JsonNode.Parse(File.ReadAllText(SharedFiles.Path("data", "chat_templates", name)))!;

    [Fact]
    public void Every_vector_renders_as_jinja2_does_and_the_error_cases_raise()
    {
        JsonNode vectors = Read("vectors.json");
        var faults = new List<string>();
        int errors = 0;
        foreach (JsonNode? vector in vectors["cases"]!.AsArray())
        {
            string name = (string)vector!["template"]!;
            JsonNode template = vectors["templates"]![name]!;
            ChatMessage[] messages =
            [
                .. vectors["conversations"]![(string)vector["conversation"]!]!
                    .AsArray()
                    .Select(m => new ChatMessage((string)m!["role"]!, (string)m["content"]!)),
            ];
            var context = new TemplateContext
            {
                AddGenerationPrompt = (bool)vector["add_generation_prompt"]!,
                BosToken = (string?)template["bos_token"],
                EosToken = (string?)template["eos_token"],
            };
            ChatTemplate parsed = ChatTemplate.Parse((string)template["chat_template"]!, name);
            if (vector["error"] is { } error)
            {
                Assert.Contains(
                    (string)error!,
                    Assert.Throws<SimperException>(() => parsed.Render(messages, context)).Message,
                    StringComparison.Ordinal
                );
                errors++;
                continue;
            }
            string rendered = parsed.Render(messages, context);
            if (rendered != (string)vector["expected"]!)
                faults.Add($"{name}, {vector["conversation"]}: {rendered}\n--- expected\n{vector["expected"]}");
        }
        Assert.Empty(faults);
        Assert.Equal(8, errors);
    }

    [Fact]
    public void Every_template_of_the_javascript_reference_renders_as_jinja2_does()
    {
        var clock = new FixedClock(new DateTimeOffset(2025, 7, 10, 12, 0, 0, TimeSpan.Zero));
        var faults = new List<string>();
        int number = 0;
        foreach ((string name, JsonNode? item) in Read("hfjs_e2e.json").AsObject())
        {
            number++;
            string expected = (string)((bool?)item!["jinja2_agrees"] == false ? item["jinja2_output"] : item["target"])!;
            try
            {
                string rendered = ChatTemplate
                    .Parse((string)item["chat_template"]!, name)
                    .Render(item["data"]!.AsObject(), clock);
                if (rendered != expected)
                    faults.Add($"{name}: {rendered}\n--- expected\n{expected}");
            }
            catch (SimperException e)
            {
                faults.Add(e.Message);
            }
        }
        Assert.Empty(faults);
        Assert.True(number >= 38);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
