using System.Text.Json;

namespace Simper.Server.Answers;

/// <summary>How answers are written: as chat, or as completions.</summary>
internal interface IAnswerForm
{
    /// <summary>How many answers there are.</summary>
    int Choices { get; }

    /// <summary>Writes the whole answer, an object.</summary>
    Task WriteWholeAsync(Utf8JsonWriter json, AnswerRun run, WholeAnswer[] answers);

    /// <summary>The chunks that begin a stream.</summary>
    Task<IReadOnlyList<Action<Utf8JsonWriter>>> BeginningsAsync(AnswerRun run);

    /// <summary>The chunks of a piece.</summary>
    IEnumerable<Action<Utf8JsonWriter>> Chunks(AnswerPiece piece);

    /// <summary>The chunk that ends a stream with the numbers of tokens.</summary>
    void WriteUsage(Utf8JsonWriter json, Usage usage);
}
