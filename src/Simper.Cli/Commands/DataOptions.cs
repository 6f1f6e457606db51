using System.CommandLine;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Runs;
using Simper.Text.Preferences;

namespace Simper.Cli.Commands;

/// <summary>What the commands that look at data have in common: the file, the model whose tokenizer reads it, and lengths.</summary>
internal sealed class DataOptions
{
    private readonly Option<string> _model = new("--model_name_or_path") { Description = "Whose tokenizer and chat template are used.", Required = true };
    private readonly Option<int> _maxLength = new("--max_length") { Description = "As in a recipe.", DefaultValueFactory = _ => 1024 };
    private readonly Option<int?> _maxPromptLength = new("--max_prompt_length") { Description = "As in a recipe, of simper-reference alone." };

    private readonly TemplateOptions _template = new();

    public Argument<string> File { get; } = new("file") { Description = "Preference data: .jsonl or .json, also .gz." };

    public Option<int> Rows { get; } = new("--rows") { Description = "How many rows to show.", DefaultValueFactory = _ => 3 };

    public void AddTo(Command command)
    {
        command.Arguments.Add(File);
        foreach (Option option in (Option[])[_model, Rows, _maxLength, _maxPromptLength])
            command.Options.Add(option);
        _template.AddTo(command);
    }

    public ModelFiles ModelFiles(ParseResult parsed)
    {
        using Checkpoint checkpoint = Checkpoint.Open(RunFolder.ModelOf(parsed.GetValue(_model)!));
        return _template.Apply(parsed, Models.ModelFiles.Of(checkpoint));
    }

    public TokenizationOptions Tokenization(ParseResult parsed) =>
        new() { MaxLength = parsed.GetValue(_maxLength), MaxPromptLength = parsed.GetValue(_maxPromptLength) };
}
