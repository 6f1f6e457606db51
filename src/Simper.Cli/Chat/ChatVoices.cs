using Simper.Generation;
using Simper.Models;

namespace Simper.Cli.Chat;

/// <summary>A model and adapters of it, one of which answers. Owns them.</summary>
internal sealed class ChatVoices : IDisposable
{
    private const string Plain = "model";

    private readonly Func<string, LanguageModel> _open;
    private readonly List<(string Name, LanguageModel Model, TextAnswers Answers)> _voices = [];

    /// <param name="open">Opens a model or an adapter.</param>
    /// <param name="model">The model, which answers at first.</param>
    public ChatVoices(Func<string, LanguageModel> open, string model)
    {
        _open = open;
        LanguageModel opened = open(model);
        _voices.Add((Plain, opened, Current = new TextAnswers(opened)));
    }

    /// <summary>The one that answers.</summary>
    public TextAnswers Current { get; private set; }

    /// <summary>Adds an adapter, named as NAME=PATH.</summary>
    /// <exception cref="SimperException">It is not named so, the name is taken, or it is no adapter of the model.</exception>
    public void Add(string word)
    {
        int at = word.IndexOf('=', StringComparison.Ordinal);
        string name = at > 0 ? word[..at] : "";
        if (name.Length == 0 || name.Contains(' ', StringComparison.Ordinal) || _voices.Exists(v => v.Name == name))
            throw new SimperException($"--adapter {word} has to be NAME=PATH, with a name of its own that is not \"{Plain}\".");
        LanguageModel opened = _open(word[(at + 1)..]);
        if (opened.Adapter is null)
        {
            opened.Dispose();
            throw new SimperException(
                $"--adapter {word}: {word[(at + 1)..]} is no adapter, but a model of its own; give a folder with "
                    + "adapter_config.json, or a .gguf adapter."
            );
        }
        _voices.Add((name, opened, new TextAnswers(opened)));
    }

    /// <summary>Lets another one answer.</summary>
    /// <param name="name">Its name; empty for none.</param>
    /// <returns>What is the case now, in a sentence.</returns>
    public string Use(string name)
    {
        string all = string.Join(", ", _voices.Select(v => v.Name));
        if (name.Length == 0)
            return $"There are: {all}. {_voices.Find(v => v.Answers == Current).Name} answers.";
        if (!_voices.Exists(v => v.Name == name))
            return $"There is no {name}; there are: {all}.";
        Current = _voices.Find(v => v.Name == name).Answers;
        return $"{name} answers from here on.";
    }

    public void Dispose()
    {
        foreach ((_, LanguageModel model, _) in _voices)
            model.Dispose();
    }
}
