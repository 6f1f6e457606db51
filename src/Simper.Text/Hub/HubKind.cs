namespace Simper.Text.Hub;

/// <summary>The kinds of repositories on the hub that Simper knows.</summary>
public enum HubKind
{
    /// <summary>A model.</summary>
    Model,

    /// <summary>A data set.</summary>
    Dataset,
}
