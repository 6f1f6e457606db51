using Simper.Models;
using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Cli.Commands;

/// <summary>
/// What an analysis looks at: a model, answers, and the model it is compared with. From single options, or from a run's folder.
/// </summary>
internal sealed record LabSubject
{
    public required string ModelPath { get; init; }

    /// <summary>The model before training, say; null compares nothing.</summary>
    public string? ComparedPath { get; init; }

    public required PreferenceDataset Rows { get; init; }

    public required TokenizationOptions Tokenization { get; init; }

    public ChatTemplates? Template { get; init; }

    public required Precision Precision { get; init; }

    /// <summary>The rows as the model's tokenizer reads them.</summary>
    /// <exception cref="SimperException">None of them can be scored.</exception>
    public TokenizedDataset Tokenize(LanguageModel model)
    {
        TokenizedDataset groups = TokenizedDataset.Of(Rows, model.Files.GroupTokenizer(Tokenization, Template));
        return groups.Count > 0 ? groups : throw new SimperException($"{Rows.Path}: none of its rows can be scored.");
    }

    /// <summary>The model, for scoring.</summary>
    public LanguageModel Load() => LanguageModel.Load(ModelPath, Precision, trainable: false);

    /// <summary>The model it is compared with.</summary>
    /// <exception cref="SimperException">It has other tokens.</exception>
    public LanguageModel LoadCompared(LanguageModel model)
    {
        LanguageModel compared = LanguageModel.Load(ComparedPath!, Precision, trainable: false);
        if (compared.Shape.Vocabulary == model.Shape.Vocabulary)
            return compared;
        int tokens = compared.Shape.Vocabulary;
        compared.Dispose();
        throw new SimperException(
            $"{ComparedPath} has {tokens} tokens and {ModelPath} {model.Shape.Vocabulary}; models are compared on the "
                + "same tokens."
        );
    }
}
