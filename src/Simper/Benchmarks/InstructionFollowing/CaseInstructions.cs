namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>Instructions on capital letters.</summary>
internal static class CaseInstructions
{
    public static bool CapitalWords(InstructionArguments arguments, string answer) =>
        arguments.Holds(
            "capital_relation",
            TreebankWords.Of(answer).Count(PythonCharacters.IsUpper),
            arguments.Count("capital_frequency")
        );
}
