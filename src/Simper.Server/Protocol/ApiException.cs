namespace Simper.Server.Protocol;

/// <summary>
/// A request that is answered with an error: status, and the object that clients read
/// (<c>{"error": {"message", "type", "param", "code"}}</c>).
/// </summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">What is wrong and what to do, one sentence.</param>
/// <param name="param">The field that is wrong; null if it is none.</param>
/// <param name="code">A word for programs; null for none.</param>
internal sealed class ApiException(int status, string message, string? param = null, string? code = null) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>The field that is wrong.</summary>
    public string? Param => param;

    /// <summary>A word for programs.</summary>
    public string? Code => code;

    /// <summary>The family of errors, as clients know it.</summary>
    public string Type =>
        status switch
        {
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };

    /// <summary>After how many seconds asking again makes sense; null to say nothing.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>A value that a field cannot have.</summary>
    public static ApiException Invalid(string param, string message, string code = "invalid_value") =>
        new(400, message, param, code);

    /// <summary>A field that would change the answer, and that is not supported.</summary>
    public static ApiException Unsupported(string param, string message) => new(400, message, param, "unsupported_parameter");

    /// <summary>A prompt without room for an answer.</summary>
    public static ApiException TooLong(string param, string what, int most) =>
        new(
            400,
            $"This model's maximum context length is {most} tokens; {what}. Please shorten it.",
            param,
            "context_length_exceeded"
        );
}
