namespace Simper.Runs.Receipts;

/// <summary>What came out of comparing something with a receipt.</summary>
public enum ReceiptVerdict
{
    /// <summary>It is the same, bit for bit.</summary>
    Same,

    /// <summary>Numbers agree within the tolerance that is stated, on another machine or with another program.</summary>
    Near,

    /// <summary>The program, the processor or the threads are others: last bits may differ. No fault by itself.</summary>
    Other,

    /// <summary>It was not compared; the sentence says why.</summary>
    Skipped,

    /// <summary>It differs.</summary>
    Differs,
}

/// <summary>One comparison with a receipt.</summary>
/// <param name="What">What was compared, such as "model/model.safetensors" or "step 3".</param>
/// <param name="Verdict">What came out.</param>
/// <param name="Detail">What it was and what it is, or why it was not compared; without a full stop, empty if there is nothing to
/// say.</param>
public sealed record ReceiptFinding(string What, ReceiptVerdict Verdict, string Detail = "");
