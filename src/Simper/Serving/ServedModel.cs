using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Tensors;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Serving;

/// <summary>
/// A loaded model under the name that clients use, with what turns texts into its ids. Owns the model, of which an engine needs
/// exclusive use; everything else here is thread safe.
/// </summary>
/// <param name="name">The name in requests.</param>
/// <param name="model">The model, loaded without training (<c>trainable: false</c>); owned from here on.</param>
public sealed class ServedModel(string name, LanguageModel model) : IDisposable
{
    private readonly Lazy<SortedTokens> _tokens = new(() => new SortedTokens(model.Files.Tokenizer, model.Shape.Vocabulary));

    /// <summary>Loads a Hugging Face folder, a .gguf file or a run's model.</summary>
    /// <param name="name">The name in requests.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="precision">Dtypes; float32 when not given.</param>
    /// <exception cref="SimperException">The files are missing, damaged or of an unsupported architecture.</exception>
    public static ServedModel Load(string name, string path, Precision? precision = null) =>
        new(name, LanguageModel.Load(path, precision, trainable: false));

    /// <summary>The name in requests.</summary>
    public string Name => name;

    /// <summary>The model.</summary>
    public LanguageModel Model => model;

    /// <summary>Text to ids and back.</summary>
    public Tokenizer Tokenizer => model.Files.Tokenizer;

    /// <summary>The chat templates; null for a base model.</summary>
    public ChatTemplates? Templates => model.Files.Templates;

    /// <summary>The tokens that end an answer.</summary>
    public IReadOnlyList<int> StopIds { get; } = model.Files.StopIds;

    /// <summary>The longest sequence that the model reads, prompt and answer together.</summary>
    public int MaxLength => model.Shape.MaxPositions;

    /// <summary>Number of token ids; a prompt's are below it.</summary>
    public int Vocabulary => model.Shape.Vocabulary;

    /// <summary>The ids of a conversation up to where the assistant begins to speak.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="tools">Tools that the model may call.</param>
    /// <param name="variables">Variables of the template.</param>
    /// <exception cref="SimperException">The template refuses the conversation.</exception>
    public int[] Prompt(IReadOnlyList<ChatMessage> messages, JsonArray? tools = null, JsonObject? variables = null) =>
        model.Files.GroupTokenizer().Prompt(messages, tools, variables);

    /// <summary>The bytes of all tokens; made when first asked for.</summary>
    internal SortedTokens Tokens => _tokens.Value;

    public void Dispose() => model.Dispose();
}
