namespace Simper.Text.Doctor;

/// <summary>Where a token comes from.</summary>
public enum TokenOrigin
{
    /// <summary>The row's own text.</summary>
    Data,

    /// <summary>Written by the chat template around it.</summary>
    Template,

    /// <summary>A special token: of the format, not of the text.</summary>
    Special,
}

/// <summary>A token as it is shown.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Its text; bytes of a part of a character in hexadecimal.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="IsScored">Whether it is in the loss.</param>
public sealed record TokenView(int Id, string Text, TokenOrigin Origin, bool IsScored);

/// <summary>An answer as it is shown.</summary>
/// <param name="Name">chosen, rejected, ...</param>
/// <param name="Weight">Its weight.</param>
/// <param name="WasCut">Whether it was cut to the length.</param>
/// <param name="Tokens">Its tokens, behind those of the prompt that all answers share.</param>
public sealed record AnswerView(string Name, double Weight, bool WasCut, IReadOnlyList<TokenView> Tokens);

/// <summary>A row as it is shown.</summary>
/// <param name="File">Which file, from 0.</param>
/// <param name="Row">Its number in the file, from 1.</param>
/// <param name="Prompt">The tokens of the prompt.</param>
/// <param name="Answers">The answers; none where the row has no tokens.</param>
/// <param name="LeftOut">Why it is left out of training; null where it is trained on.</param>
/// <param name="Text">Its texts, where it has no tokens.</param>
/// <param name="Faults">What was found in it, as check and detail.</param>
public sealed record RowView(
    int File,
    int Row,
    IReadOnlyList<TokenView> Prompt,
    IReadOnlyList<AnswerView> Answers,
    string? LeftOut,
    string Text,
    IReadOnlyList<(Check Check, string Detail)> Faults
);
