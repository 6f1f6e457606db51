namespace Simper.Server.Protocol;

/// <summary>The bounds of a request's fields. Beyond them a request is answered with 400 and the field's name.</summary>
internal static class RequestLimits
{
    /// <summary>Largest body, in bytes.</summary>
    public const int Body = 16 << 20;

    /// <summary>A larger one is read and discarded up to here: a client that is still sending hears no answer.</summary>
    public const int DiscardedBody = 4 * Body;

    /// <summary>Answers to one prompt (<c>n</c>, <c>best_of</c>).</summary>
    public const int Answers = 16;

    /// <summary>Prompts of one request.</summary>
    public const int Prompts = 512;

    /// <summary>Answers of one request, to all of its prompts.</summary>
    public const int AllAnswers = 512;

    /// <summary>Alternatives shown beside a token (<c>logprobs</c>, <c>top_logprobs</c>).</summary>
    public const int Alternatives = 20;

    /// <summary>Stop texts; harnesses send more than the four of OpenAI.</summary>
    public const int Stops = 32;

    /// <summary>Characters of a stop text.</summary>
    public const int StopLength = 1024;

    /// <summary>Biased tokens.</summary>
    public const int Biases = 4096;

    /// <summary>Messages of a conversation.</summary>
    public const int Messages = 4096;

    /// <summary>Tools of a conversation.</summary>
    public const int Tools = 128;

    /// <summary>Highest temperature.</summary>
    public const double Temperature = 10;

    /// <summary>Characters of a model's name.</summary>
    public const int ModelName = 512;
}
