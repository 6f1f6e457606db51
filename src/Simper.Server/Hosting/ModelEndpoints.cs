using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Simper.Server.Answers;
using Simper.Server.Protocol;

namespace Simper.Server.Hosting;

/// <summary>/v1/models, /health.</summary>
internal sealed class ModelEndpoints(ServerParts server)
{
    private const string Path = "/v1/models/";

    /// <summary>All models.</summary>
    public Task ListAsync(HttpContext context) =>
        JsonAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("object", "list");
                json.WriteStartArray("data");
                foreach (HostedModel model in server.Models)
                    Write(json, model);
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    /// <summary>One model. A slash in its name may be escaped or not.</summary>
    public Task OneAsync(HttpContext context)
    {
        // As sent: the path has been unescaped already, but for %2F.
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0];
        string name = target.StartsWith(Path, StringComparison.Ordinal)
            ? Uri.UnescapeDataString(target[Path.Length..])
            : context.Request.Path.Value![Path.Length..];
        HostedModel model = server.ModelOf(name);
        return JsonAsync(context, json => Write(json, model));
    }

    /// <summary>Whether the server answers.</summary>
    public Task HealthAsync(HttpContext context) =>
        JsonAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("status", "ok");
                json.WriteEndObject();
            }
        );

    /// <summary>Sends an object.</summary>
    public static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(body, Wire.Options))
            write(json);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void Write(Utf8JsonWriter json, HostedModel model)
    {
        json.WriteStartObject();
        json.WriteString("id", model.Name);
        json.WriteString("object", "model");
        json.WriteNumber("created", model.Created.ToUnixTimeSeconds());
        json.WriteString("owned_by", "simper");
        json.WriteNumber("max_model_len", model.Limits.Context);
        json.WriteEndObject();
    }
}
