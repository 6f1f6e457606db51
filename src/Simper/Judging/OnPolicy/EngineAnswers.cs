using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Generation;
using Simper.Models;
using Simper.Serving;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>
/// Answers of a model on this machine, by an engine that computes those to many prompts at once. Each is the same whatever is
/// computed beside it.
/// </summary>
public sealed class EngineAnswers : IAnswerSource, IAsyncDisposable
{
    private readonly ServedModel _model;
    private readonly AnswerSampling _sampling;
    private readonly GroupTokenizer _tokenizer;
    private readonly GenerationEngine _engine;

    /// <summary>Starts the engine.</summary>
    /// <param name="model">The model; it must outlive this object.</param>
    /// <param name="sampling">How it answers.</param>
    /// <param name="settings">The engine's limits; its queue is made as long as needed.</param>
    /// <param name="cancel">Stops while the weights are hashed.</param>
    /// <exception cref="SimperException">A setting out of its range.</exception>
    public EngineAnswers(
        ServedModel model,
        AnswerSampling sampling,
        EngineSettings? settings = null,
        CancellationToken cancel = default
    )
    {
        sampling.Validate();
        settings ??= new EngineSettings();
        (_model, _sampling, _tokenizer) = (model, sampling, model.Model.Files.GroupTokenizer());
        // As many as are computed at once, and as many that wait, so that none of the places is ever empty.
        PromptsAtOnce = 2 * Math.Max(1, (settings.MaxSequences + sampling.Answers - 1) / sampling.Answers);
        Description = Describe(model, cancel);
        _engine = new GenerationEngine(model, settings with { QueueLimit = PromptsAtOnce * sampling.Answers });
    }

    /// <inheritdoc/>
    public JsonObject Description { get; }

    /// <inheritdoc/>
    public bool ContinuesText => _model.Templates is null;

    /// <inheritdoc/>
    public int PromptsAtOnce { get; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SampledAnswer>?> AnswerAsync(DataPrompt prompt, CancellationToken cancel)
    {
        int[] ids = Ids(prompt);
        if (ids.Length >= _engine.MaxLength)
            return null;
        GenerationTicket ticket = _engine.Submit(
            new GenerationRequest
            {
                Prompt = ids,
                Samples = _sampling.Answers,
                MaxTokens = _sampling.Tokens.MaxNewTokens,
                Sampling = _sampling.Tokens with { Seed = _sampling.SeedOf(prompt.Index) },
            },
            cancel
        );
        return await Task.WhenAll(ticket.Samples.Select(s => ReadAsync(s, ids)));
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private int[] Ids(DataPrompt prompt)
    {
        if (ContinuesText && prompt.Messages is not [{ Role: "user" }])
            throw new SimperException(
                $"{prompt.Place}: the model has no chat template, and the row is a conversation; give one as "
                    + "--chat_template_path, or prompts that are plain texts."
            );
        try
        {
            return _tokenizer.Prompt(prompt.Messages, prompt.Tools, prompt.TemplateVariables);
        }
        catch (SimperException e)
        {
            throw new SimperException($"{prompt.Place}: {e.Message}", e);
        }
    }

    private async Task<SampledAnswer> ReadAsync(GenerationSample sample, int[] prompt)
    {
        var ids = new List<int>();
        FinishReason finish = FinishReason.Length;
        await foreach (GeneratedToken token in sample.Tokens())
        {
            ids.Add(token.Id);
            finish = token.Finish ?? finish;
        }
        int tokens = ids.Count;
        if (finish == FinishReason.Stop)
            ids.RemoveAt(tokens - 1);
        return new SampledAnswer(Text(prompt, ids), finish == FinishReason.Length, tokens);
    }

    // A text's continuation begins with a space where its first token does, which decoders drop at the beginning of a text.
    private string Text(int[] prompt, List<int> answer)
    {
        if (!ContinuesText)
            return _model.Tokenizer.Decode([.. answer], skipSpecialTokens: true);
        string before = _model.Tokenizer.Decode(prompt, skipSpecialTokens: true);
        string whole = _model.Tokenizer.Decode([.. prompt, .. answer], skipSpecialTokens: true);
        return whole.StartsWith(before, StringComparison.Ordinal)
            ? whole[before.Length..]
            : _model.Tokenizer.Decode([.. answer], skipSpecialTokens: true);
    }

    private static JsonObject Describe(ServedModel model, CancellationToken cancel)
    {
        ModelFiles files = model.Model.Files;
        string templates = string.Join(
            '\n',
            files.TemplateSources.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}\n{t.Value}")
        );
        return new JsonObject
        {
            ["name"] = Secrets.Masked(model.Name),
            ["weights_sha256"] = model.Model.Fingerprint(cancel),
            ["tokenizer_sha256"] = FileHash.Sha256(files.TokenizerJson ?? []),
            ["chat_template_sha256"] = model.Templates is null ? null : FileHash.Sha256(Encoding.UTF8.GetBytes(templates)),
            ["dtype"] = model.Model.Precision.Compute.ToString().ToLowerInvariant(),
        };
    }
}
