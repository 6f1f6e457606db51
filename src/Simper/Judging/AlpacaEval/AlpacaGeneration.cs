using Simper.Generation;
using Simper.Models;
using Simper.Text.Templates;

namespace Simper.Judging.AlpacaEval;

/// <summary>Answers the instructions of AlpacaEval with a local model.</summary>
/// <param name="model">The model; it must outlive this object.</param>
/// <param name="name">What the file calls it.</param>
/// <param name="settings">How to sample.</param>
public sealed class AlpacaGeneration(LanguageModel model, string name, SamplingSettings settings)
{
    private const int AtOnce = 8; // instructions in a batch

    /// <summary>
    /// Answers all instructions that the file has no answer to, and writes it anew after each batch. The result does not depend
    /// on whether it was interrupted.
    /// </summary>
    /// <exception cref="SimperException">The file holds another model's answers, or cannot be written.</exception>
    public IReadOnlyList<AlpacaOutput> Run(
        IReadOnlyList<AlpacaOutput> instructions,
        string file,
        Action<int, int>? progress = null,
        CancellationToken cancel = default
    )
    {
        Dictionary<string, AlpacaOutput> known = File.Exists(file)
            ? AlpacaOutput.Read(file).ToDictionary(o => o.Instruction)
            : [];
        if (known.Values.FirstOrDefault(o => o.Generator != name) is { } other)
            throw new SimperException($"{file} has answers of {other.Generator}; give another file, or its name.");
        IEnumerable<AlpacaOutput> Done() =>
            instructions.Where(i => known.ContainsKey(i.Instruction)).Select(i => known[i.Instruction]);
        progress?.Invoke(Done().Count(), instructions.Count);
        var answers = new TextAnswers(model);
        int batchNumber = -1;
        foreach (AlpacaOutput[] batch in instructions.Chunk(AtOnce))
        {
            batchNumber++; // the draws of a batch are its own
            if (batch.All(i => known.ContainsKey(i.Instruction)))
                continue;
            IReadOnlyList<(string Text, FinishReason Finish)> found = answers.Answer(
                [.. batch.Select(i => answers.Prompt([new ChatMessage("user", i.Instruction)]))],
                settings with
                {
                    Seed = settings.Seed + batchNumber,
                },
                cancel
            );
            cancel.ThrowIfCancellationRequested();
            for (int i = 0; i < batch.Length; i++)
                known[batch[i].Instruction] = batch[i] with { Output = found[i].Text, Generator = name };
            AlpacaOutput.Write(file, Done());
            progress?.Invoke(Done().Count(), instructions.Count);
        }
        return [.. Done()];
    }
}
