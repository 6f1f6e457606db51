namespace Simper;

/// <summary>One stream behind another. Owns both.</summary>
internal sealed class JoinedStream(Stream first, Stream second) : ForwardStream
{
    private bool _isSecond;

    public override int Read(Span<byte> buffer)
    {
        int count = _isSecond ? 0 : first.Read(buffer);
        if (count > 0 || buffer.IsEmpty)
            return count;
        _isSecond = true;
        return second.Read(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            first.Dispose();
            second.Dispose();
        }
        base.Dispose(disposing);
    }
}
