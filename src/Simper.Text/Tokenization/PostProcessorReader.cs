namespace Simper.Text.Tokenization;

/// <summary>Reads the <c>post_processor</c> section.</summary>
internal static class PostProcessorReader
{
    /// <param name="section">The section.</param>
    /// <param name="ids">The id of every token.</param>
    public static PostProcessor Read(JsonSection section, Dictionary<string, int> ids) =>
        section.IsNull
            ? PostProcessor.None
            : section["type"].Text() switch
            {
                "ByteLevel" => PostProcessor.None, // trims offsets only
                "Sequence" => section["processors"]
                    .Items()
                    .Aggregate(PostProcessor.None, (inner, s) => Read(s, ids).Around(inner)),
                "BertProcessing" or "RobertaProcessing" => new PostProcessor(
                    [First(section["cls"], ids)],
                    [First(section["sep"], ids)]
                ),
                "TemplateProcessing" => Template(section, ids),
                var other => throw section["type"].Unsupported($"the post-processor \"{other}\""),
            };

    private static PostProcessor Template(JsonSection section, Dictionary<string, int> ids)
    {
        List<int> before = [];
        List<int> after = [];
        HashSet<int> known = [.. ids.Values];
        bool passed = false;
        foreach (JsonSection item in section["single"].Items())
        {
            if (!item["Sequence"].IsNull)
            {
                passed = true;
                continue;
            }
            JsonSection name = item["SpecialToken"]["id"];
            JsonSection listed = section["special_tokens"][name.Text()]["ids"];
            (passed ? after : before).AddRange(
                listed.IsNull
                    ? [Id(name, ids)]
                    : listed
                        .Items()
                        .Select(i =>
                            known.Contains(i.Number()) ? i.Number() : throw i.Wrong($"the id of a token; none has {i.Number()}")
                        )
            );
        }
        return new PostProcessor(before, after);
    }

    private static int First(JsonSection pair, Dictionary<string, int> ids) => Id(pair.Items().FirstOrDefault(pair), ids);

    private static int Id(JsonSection token, Dictionary<string, int> ids) =>
        ids.TryGetValue(token.Text(), out int id)
            ? id
            : throw token.Wrong($"a token of the vocabulary; \"{token.Text()}\" is not");
}
