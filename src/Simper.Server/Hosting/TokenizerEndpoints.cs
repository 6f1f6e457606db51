using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Simper.Models;
using Simper.Server.Answers;
using Simper.Server.Protocol;
using Simper.Text.Templates;

namespace Simper.Server.Hosting;

/// <summary>
/// /tokenizer_info, /tokenize and /detokenize: a tokenizer for clients without one, such as lm-evaluation-harness with
/// tokenizer_backend=remote. Of the first model where none is named.
/// </summary>
internal sealed class TokenizerEndpoints(ServerParts server)
{
    /// <summary>Its special tokens and its chat template.</summary>
    public Task InfoAsync(HttpContext context)
    {
        HostedModel model = ModelOf(context, context.Request.Query["model"].FirstOrDefault());
        ModelFiles files = model.Model.Model.Files;
        return ModelEndpoints.JsonAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                string? end = files.EosToken ?? Text(model, model.Model.StopIds.Count > 0 ? model.Model.StopIds[0] : null);
                json.WriteString("eos_token", end ?? "");
                json.WriteString("bos_token", files.BosToken);
                json.WriteString("pad_token", Pad(files) ?? end);
                json.WriteString("chat_template", files.TemplateSources.GetValueOrDefault(ChatTemplates.Default));
                json.WriteNumber("vocab_size", model.Limits.Vocabulary);
                json.WriteNumber("max_model_len", model.Limits.Context);
                json.WriteEndObject();
            }
        );
    }

    /// <summary>The ids of a text, or of a conversation.</summary>
    public async Task TokenizeAsync(HttpContext context)
    {
        int[] ids;
        HostedModel model;
        using (JsonDocument body = await server.Bodies.ReadAsync(context))
        {
            var fields = new Fields(body.RootElement);
            model = ModelOf(context, fields.Text("model"));
            JsonElement prompt = fields.Any("prompt") ?? fields.Any("messages") ?? throw fields.Missing("prompt");
            bool addSpecialTokens = fields.Flag("add_special_tokens", otherwise: true);
            ids = prompt.ValueKind switch
            {
                JsonValueKind.String => Encoded(model, prompt.GetString()!, addSpecialTokens),
                JsonValueKind.Array => Rendered(model, prompt),
                _ => throw fields.WrongType("prompt", prompt, "a string or an array of messages"),
            };
        }
        await ModelEndpoints.JsonAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                json.WriteNumber("count", ids.Length);
                json.WriteNumber("max_model_len", model.Limits.Context);
                json.WriteStartArray("tokens");
                foreach (int id in ids)
                    json.WriteNumberValue(id);
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );
    }

    /// <summary>The text of ids.</summary>
    public async Task DetokenizeAsync(HttpContext context)
    {
        string text;
        using (JsonDocument body = await server.Bodies.ReadAsync(context))
        {
            var fields = new Fields(body.RootElement);
            HostedModel model = ModelOf(context, fields.Text("model"));
            JsonElement tokens = fields.Any("tokens") ?? throw fields.Missing("tokens");
            if (tokens.ValueKind != JsonValueKind.Array)
                throw fields.WrongType("tokens", tokens, "an array of token ids");
            ModelLimits limits = model.Limits with { Context = int.MaxValue }; // any text has its tokens
            int[] ids = tokens.GetArrayLength() == 0 ? [] : CompletionRequest.Ids(tokens, "tokens", limits);
            text = model.Model.Tokenizer.Decode(ids, skipSpecialTokens: false);
        }
        await ModelEndpoints.JsonAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("prompt", text);
                json.WriteEndObject();
            }
        );
    }

    private static int[] Encoded(HostedModel model, string text, bool addSpecialTokens) =>
        model.Model.Tokenizer.EncodeToIds(text, addSpecialTokens);

    private static int[] Rendered(HostedModel model, JsonElement messages)
    {
        var row = new JsonObject { ["messages"] = JsonNode.Parse(messages.GetRawText()) };
        return model.Rendered(ConversationReader.Parsed(row).Messages, null, null);
    }

    private HostedModel ModelOf(HttpContext context, string? name)
    {
        HostedModel model = name is null ? server.Models[0] : server.ModelOf(name);
        RequestLog.Of(context).Model = model.Name;
        return model;
    }

    private static string? Text(HostedModel model, int? id) => id is { } token ? model.Model.Tokenizer.TokenOf(token) : null;

    private static string? Pad(ModelFiles files) =>
        files.TokenizerConfig?["pad_token"] switch
        {
            JsonValue text when text.GetValueKind() == JsonValueKind.String => (string)text!,
            JsonObject token => (string?)token["content"],
            _ => null,
        };
}
