using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Simper.Server.Answers;
using Simper.Server.Protocol;
using Simper.Serving;

namespace Simper.Server.Hosting;

/// <summary>Sends the answers to a request: whole, or as a stream.</summary>
/// <param name="server">The server's parts.</param>
/// <param name="context">The request.</param>
/// <param name="model">The model that answers.</param>
internal sealed class Exchange(ServerParts server, HttpContext context, HostedModel model)
{
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>Submits the tasks of a request, and sends the answers in a form.</summary>
    public async Task AnswerAsync(IReadOnlyList<AnswerTask> tasks, IAnswerForm form, AnswerOptions options)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        deadline.CancelAfter(server.Settings.RequestTimeout);
        await using AnswerRun run = AnswerRun.Start(model, tasks, deadline.Token);
        using IDisposable running = server.Runs.Add(run);
        try
        {
            if (options.IsStreamed)
                await StreamAsync(run, form, options, deadline.Token);
            else
                await WholeAsync(run, form, deadline.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ApiException(
                504,
                $"The answer took longer than {server.Settings.RequestTimeout.TotalSeconds:0.###} s.",
                code: "timeout"
            );
        }
        finally
        {
            Usage usage = Usage.Of(run);
            server.Metrics.Tokens(model.Name, usage.Prompt, usage.Completion);
        }
    }

    private async Task WholeAsync(AnswerRun run, IAnswerForm form, CancellationToken cancel)
    {
        WholeAnswer[] answers = await WholeAnswer.AllAsync(run, form.Choices, cancel);
        var body = new ArrayBufferWriter<byte>(4096);
        await using (var json = new Utf8JsonWriter(body, Wire.Options))
            await form.WriteWholeAsync(json, run, answers);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, cancel);
    }

    private async Task StreamAsync(AnswerRun run, IAnswerForm form, AnswerOptions options, CancellationToken cancel)
    {
        var stream = new EventStream(context.Response);
        await stream.StartAsync(cancel);
        try
        {
            foreach (Action<Utf8JsonWriter> chunk in await form.BeginningsAsync(run).WaitAsync(cancel))
                await stream.SendAsync(chunk, cancel);
            var times = new TokenTimes(server.Metrics, model.Name, _began);
            while (await MoreAsync(run.Pieces, stream, cancel))
            {
                while (run.Pieces.TryRead(out AnswerPiece? piece))
                {
                    times.Token();
                    foreach (Action<Utf8JsonWriter> chunk in form.Chunks(piece))
                        await stream.SendAsync(chunk, cancel);
                }
            }
            times.End();
            if (options.IncludesUsage)
                await stream.SendAsync(json => form.WriteUsage(json, Usage.Of(run)), cancel);
            await stream.SendDoneAsync(cancel);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            ApiException? error =
                e is OperationCanceledException
                    ? new ApiException(504, "The answer took too long.", code: "timeout")
                    : server.Errors.Of(e, context.RequestAborted);
            if (error is not null)
                await stream.SendAsync(error, context.RequestAborted);
        }
    }

    // Waits for the next piece; a client that hears nothing for long would give up.
    private async Task<bool> MoreAsync(ChannelReader<AnswerPiece> pieces, EventStream stream, CancellationToken cancel)
    {
        Task<bool> more = pieces.WaitToReadAsync(cancel).AsTask();
        while (!more.IsCompleted)
        {
            try
            {
                return await more.WaitAsync(server.Settings.KeepAliveInterval, cancel);
            }
            catch (TimeoutException)
            {
                await stream.SendAliveAsync(cancel);
            }
        }
        return await more;
    }
}
