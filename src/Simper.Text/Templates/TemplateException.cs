namespace Simper.Text.Templates;

/// <summary>
/// An error in a template, or one that it raised; becomes a <see cref="SimperException"/> that names the template.
/// </summary>
internal sealed class TemplateException : Exception
{
    public TemplateException(string message)
        : base(message) { }

    public TemplateException(int line, string message)
        : base($"line {line}: {message}") => IsPlaced = true;

    public bool IsPlaced { get; }

    /// <summary>The same with its line, if it has none.</summary>
    public TemplateException At(int line) => IsPlaced ? this : new TemplateException(line, Message);
}
