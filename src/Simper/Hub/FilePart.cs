using System.Net;

namespace Simper.Hub;

/// <summary>A range of a file as the body of a request, read as it is sent.</summary>
internal sealed class FilePart(LocalFile file, long from, long count, Action<long> onBytes) : HttpContent
{
    private const int Piece = 1 << 18;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        using Stream source = file.Open();
        source.Seek(from, SeekOrigin.Begin);
        var buffer = new byte[Piece];
        for (long left = count; left > 0; )
        {
            int read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(Piece, left)), cancellationToken);
            if (read == 0)
                throw new SimperException($"{file.Path} became shorter while it was sent; do not write to it meanwhile.");
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            onBytes(read);
            left -= read;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = count;
        return true;
    }
}
