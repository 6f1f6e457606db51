using System.CommandLine;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Text.Vocabularies;

namespace Simper.Cli.Commands;

/// <summary>
/// Options shared by the commands that inspect data: the file, the model whose tokenizer is used, and lengths.
/// </summary>
internal sealed class DataOptions
{
    private readonly Option<string> _model = new("--model_name_or_path")
    {
        HelpName = "PATH",
        Description = "Whose tokenizer and chat template are used; its weights need not be there.",
        Required = true,
    };
    private readonly Option<int> _maxLength = new("--max_length")
    {
        Description = "As in a recipe.",
        DefaultValueFactory = _ => 1024,
    };
    private readonly Option<int?> _maxPromptLength = new("--max_prompt_length") { Description = "As in a recipe." };

    private readonly Option<string> _format = new("--dataset_format")
    {
        HelpName = "FORMAT",
        Description = "As in a recipe: auto puts plain texts through the chat template; text takes them as they stand.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly ColumnMapOption _columns = new();
    private readonly TemplateOptions _template = new();

    public Argument<string> File { get; } =
        new("file") { HelpName = "FILE", Description = "Preference data: JSON lines or arrays, also packed with gzip." };

    public Option<int> Rows { get; } = new("--rows") { Description = "How many rows to show.", DefaultValueFactory = _ => 3 };

    public void AddTo(Command command)
    {
        command.Arguments.Add(File);
        foreach (Option option in (Option[])[_model, Rows, _maxLength, _maxPromptLength, _format])
            command.Options.Add(option);
        _columns.AddTo(command);
        _template.AddTo(command);
    }

    /// <summary>
    /// The tokenizer's files of a folder, which need not have weights; else those of a checkpoint, such as a .gguf file.
    /// </summary>
    public ModelFiles ModelFiles(ParseResult parsed)
    {
        string path = RunFolder.ModelOf(parsed.GetValue(_model)!);
        if (VocabularyFiles.AreIn(path))
            return _template.Apply(parsed, Models.ModelFiles.ForTokenizer(path));
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return _template.Apply(parsed, Models.ModelFiles.Of(checkpoint));
    }

    /// <summary>How the rows of the file are read.</summary>
    public DatasetOptions Reading(ParseResult parsed, Compatibility mode) =>
        new() { Compatibility = mode, Columns = _columns.Of(parsed) };

    public TokenizationOptions Tokenization(ParseResult parsed) =>
        new()
        {
            MaxLength = parsed.GetValue(_maxLength),
            MaxPromptLength = parsed.GetValue(_maxPromptLength),
            Format = TokenizationNames.Find(TokenizationNames.Formats, parsed.GetValue(_format)!, "--dataset_format"),
        };
}
