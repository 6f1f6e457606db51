namespace Simper.Runs.Receipts;

/// <summary>What a run ended with.</summary>
public sealed record ReceiptResult
{
    /// <summary>The steps it made.</summary>
    public required int Steps { get; init; }

    /// <summary>The hash of the weights after the last step, as <see cref="ReceiptModel.Weights"/>.</summary>
    public required string Weights { get; init; }

    /// <summary>The files of the saved model's folder.</summary>
    public required IReadOnlyList<ReceiptFile> Model { get; init; }
}
