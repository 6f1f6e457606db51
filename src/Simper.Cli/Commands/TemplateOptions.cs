using System.CommandLine;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Text.Preferences;

namespace Simper.Cli.Commands;

/// <summary>The options of commands that render conversations: another chat template, and its variables.</summary>
internal sealed class TemplateOptions
{
    private readonly Option<string?> _path = new("--chat_template_path")
    {
        Description = "As in a recipe: another chat template than the model's own, a file or a model's folder.",
    };
    private readonly Option<string?> _arguments = new("--chat_template_kwargs")
    {
        Description = "As in a recipe: variables of the chat template, as '{\"enable_thinking\": false}'.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_path);
        command.Options.Add(_arguments);
    }

    /// <summary>A model's files with the given template and variables.</summary>
    public ModelFiles Apply(ParseResult parsed, ModelFiles files)
    {
        if (parsed.GetValue(_path) is { } path)
            files = files.With(TemplateSources.OfPath(path, "--chat_template_path"));
        return parsed.GetValue(_arguments) is { } json && TemplateArguments.Parse(json, "--chat_template_kwargs") is { } variables
            ? files.With(variables)
            : files;
    }
}
