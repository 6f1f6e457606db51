namespace Simper.Serving;

/// <summary>The engine stopped, or failed, before a request was finished.</summary>
public sealed class EngineStoppedException : SimperException
{
    public EngineStoppedException()
        : base("The server is shutting down; send the request again later.") { }

    public EngineStoppedException(Exception inner)
        : base("The model failed while computing; the server's log has the reason.", inner) { }
}
