namespace Simper.Text.Tokenization;

/// <summary>The tokens that the <c>post_processor</c> adds before and after a text when special tokens are requested.</summary>
internal sealed record PostProcessor(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    public static PostProcessor None { get; } = new([], []);

    /// <summary>The steps of a sequence, the later ones around the earlier ones.</summary>
    public PostProcessor Around(PostProcessor inner) => new([.. Before, .. inner.Before], [.. inner.After, .. After]);
}
