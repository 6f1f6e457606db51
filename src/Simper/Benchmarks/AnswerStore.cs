using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Models;

namespace Simper.Benchmarks;

/// <summary>
/// Keeps a model's answers in a file, a line each, so that an evaluation that was stopped goes on where it was, and another with
/// the same questions computes nothing twice. Answers are found by a hash of the model and one of the ids that it was given,
/// never by a task's name. A line that was not written to its end is left out. Not thread safe.
/// </summary>
public sealed class AnswerStore : IDisposable
{
    private readonly Dictionary<string, JsonArray> _known = new(StringComparer.Ordinal);
    private readonly byte[] _model;
    private readonly StreamWriter _file;

    private AnswerStore(string path, byte[] model)
    {
        _model = model;
        bool isCut = false;
        if (File.Exists(path))
        {
            foreach (string line in File.ReadLines(path))
                isCut = !Read(line);
        }
        _file = new StreamWriter(path, append: true, new UTF8Encoding(false)) { NewLine = "\n" };
        if (isCut)
            _file.WriteLine(); // what follows is not to be part of the unfinished line
    }

    /// <summary>Answers that are known.</summary>
    public int Count => _known.Count;

    /// <summary>Opens a store, which need not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Whose answers; its weights, tokenizer and dtypes decide which of the file's answers are its
    /// own.</param>
    /// <param name="cancel">Stops while the weights are hashed.</param>
    public static AnswerStore Open(string path, LanguageModel model, CancellationToken cancel = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{model.Fingerprint(cancel)} {model.Precision.Compute} {model.Precision.Wide}"));
        hash.AppendData(model.Files.TokenizerJson ?? []);
        return new AnswerStore(path, hash.GetHashAndReset());
    }

    /// <summary>Everything that was added is in the file.</summary>
    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();

    internal ScoredText.Result? Find(ScoredText text) =>
        _known.GetValueOrDefault(Key("score", text.Context, text.Continuation)) is [{ } sum, { } isGreedy]
            ? new ScoredText.Result(sum.GetValue<double>(), isGreedy.GetValue<bool>())
            : null;

    internal void Add(ScoredText text, ScoredText.Result result) =>
        Add(Key("score", text.Context, text.Continuation), new JsonArray(result.LogLikelihood, result.IsGreedy));

    internal RequestAnswer? Find(GenerationSettings settings, RequestEncoder encoder, string context) =>
        _known.Count > 0
        && _known.GetValueOrDefault(Key(settings.Key, encoder.Prompt(context, settings.Sampling.MaxNewTokens), []))
            is [{ } text, JsonArray ids]
            ? new RequestAnswer { Text = text.GetValue<string>(), Ids = [.. ids.Select(i => i!.GetValue<int>())] }
            : null;

    internal void Add(GenerationSettings settings, int[] prompt, RequestAnswer answer) =>
        Add(
            Key(settings.Key, prompt, []),
            new JsonArray(answer.Text, new JsonArray([.. answer.Ids.Select(i => JsonValue.Create(i))]))
        );

    private void Add(string key, JsonArray answer)
    {
        _known[key] = answer;
        _file.WriteLine(ReadableJson.OneLine(new JsonObject { [key] = answer.DeepClone() }));
    }

    private bool Read(string line)
    {
        try
        {
            if (line.Length > 0 && JsonNode.Parse(line) is JsonObject entry)
            {
                foreach ((string key, JsonNode? answer) in entry)
                    _known[key] = (JsonArray)answer!;
            }
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidCastException)
        {
            return false;
        }
    }

    private string Key(string kind, int[] first, int[] second)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_model);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind} {first.Length}\n")));
        hash.AppendData(MemoryMarshal.AsBytes(first.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(second.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
