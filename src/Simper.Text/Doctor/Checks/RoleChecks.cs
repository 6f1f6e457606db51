using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Doctor.Checks;

/// <summary>The order of turns, in the prompt and across its end.</summary>
internal sealed class RoleChecks : IRowCheck
{
    private const string Unseen =
        "Models are trained on turns that alternate; templates either refuse others or render what the model has never seen.";

    public static readonly Check UserTwice = new(
        "user-twice",
        Grade.Warning,
        "two user messages follow each other",
        Unseen,
        "Join them, or put the answer that is missing between them."
    );

    public static readonly Check AssistantTwice = new(
        "assistant-twice",
        Grade.Warning,
        "two assistant messages follow each other",
        Unseen,
        "Join them, or put the question that is missing between them."
    );

    public static readonly Check PromptEndsInAnswer = new(
        "prompt-ends-in-answer",
        Grade.Warning,
        "the prompt ends with an assistant message, and the answer is another one",
        "The conversation was cut at the wrong message: the model learns to answer itself.",
        "Let the prompt end with the user's message."
    );

    public static readonly Check SystemLate = new(
        "system-in-the-middle",
        Grade.Warning,
        "a system message stands behind another turn",
        "Most templates refuse it or write it nowhere; models expect it first.",
        "Put it in front, or make it part of a user message."
    );

    public static readonly Check SystemTwice = new(
        "system-twice",
        Grade.Warning,
        "there are two system messages",
        "Most templates write one of them only, or refuse the row.",
        "Join them."
    );

    public static readonly Check NoUser = new(
        "no-user",
        Grade.Warning,
        "no user message precedes the answer",
        "The model learns an answer to nothing; it may be that the prompt stands in a column that is not read.",
        "Add the question, or take the row out."
    );

    public static readonly Check AssistantFirst = new(
        "assistant-first",
        Grade.Note,
        "the conversation begins with the assistant",
        Unseen,
        "Fine for a model that greets; else add the question, or take the greeting out."
    );

    public static readonly Check AnswerStartsWithUser = new(
        "answer-starts-with-user",
        Grade.Note,
        "an answer begins with a user message",
        "Conversations that part at a question are pairs of different questions; strict reads and does not score them, other "
            + "programs score them as if the model had asked.",
        "Fine in strict if it is meant; if both questions are the same, they belong to the prompt."
    )
    {
        Elsewhere = Grade.Warning,
    };

    public static readonly Check AnswerEndsWithOther = new(
        "answer-ends-with-other",
        Grade.Warning,
        "an answer does not end with the assistant",
        "What follows the assistant's last turn teaches nothing.",
        "Take the turns behind it out."
    );

    public static readonly Check ToolWithoutCall = new(
        "tool-result-without-call",
        Grade.Warning,
        "a tool's result follows no tool call",
        "The model reads results that nobody asked for; the call was probably lost while the data was made.",
        "Put the call back as tool_calls of the assistant message before it."
    );

    public static readonly Check UnknownRole = new(
        "unknown-role",
        Grade.Warning,
        "a message has a role that templates do not know",
        "Most templates skip it or refuse the row.",
        "Use system, user, assistant or tool."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        UserTwice,
        AssistantTwice,
        PromptEndsInAnswer,
        SystemLate,
        SystemTwice,
        NoUser,
        AssistantFirst,
        AnswerStartsWithUser,
        AnswerEndsWithOther,
        ToolWithoutCall,
        UnknownRole,
    ];

    public void Look(ExaminedRow row)
    {
        PreferenceGroup group = row.Group!;
        // A row of plain texts has one message, which says nothing of roles.
        if (!group.IsText)
            LookAt(row, group.Prompt, "prompt", before: null);
        if (group.Prompt.All(m => MessageRoles.IsSystem(m.Role)) && group.Answers[0] is [{ Role: "assistant" }, ..])
            row.Add(NoUser, "");
        else if (group.Prompt.FirstOrDefault(m => !MessageRoles.IsSystem(m.Role))?.Role == "assistant")
            row.Add(AssistantFirst, "");
        for (int a = 0; a < group.Answers.Count; a++)
            LookAtAnswer(row, group, a);
    }

    private static void LookAtAnswer(ExaminedRow row, PreferenceGroup group, int a)
    {
        IReadOnlyList<ChatMessage> answer = group.Answers[a];
        if (answer.Count == 0)
            return;
        if (answer[0].Role == "user" && group.Prompt.Count > 0)
            row.Add(AnswerStartsWithUser, row.NameOf(a));
        else if (answer[0].Role == "assistant" && group.Prompt is [.., { Role: "assistant" } last] && !HasCalls(last))
            row.Add(PromptEndsInAnswer, row.NameOf(a));
        if (answer[^1].Role != "assistant")
            row.Add(AnswerEndsWithOther, row.NameOf(a));
        LookAt(row, answer, row.NameOf(a), group.Prompt.LastOrDefault());
    }

    private static void LookAt(ExaminedRow row, IReadOnlyList<ChatMessage> messages, string name, ChatMessage? before)
    {
        bool isPrompt = before is null;
        for (int m = 0; m < messages.Count; m++)
        {
            string role = messages[m].Role;
            ChatMessage? previous = m > 0 ? messages[m - 1] : before;
            string place = RowText.Place(name, m, messages.Count);
            if (MessageRoles.Known(role) is null && role != MessageRoles.Calls)
                row.Add(UnknownRole, $"{place} is of \"{role}\"");
            if (MessageRoles.IsSystem(role) && previous is not null)
                row.Add(MessageRoles.IsSystem(previous.Role) ? SystemTwice : SystemLate, place);
            if (role == "user" && m > 0 && previous!.Role == "user")
                row.Add(UserTwice, place);
            if (role == "assistant" && m > 0 && previous!.Role == "assistant" && !HasCalls(previous))
                row.Add(AssistantTwice, place);
            if (role == "tool" && (previous is null || (previous.Role != "tool" && !HasCalls(previous))) && !(isPrompt && m == 0))
                row.Add(ToolWithoutCall, place);
        }
    }

    // A call without a result may be followed by what the assistant says of it.
    private static bool HasCalls(ChatMessage message) => message.Extra?["tool_calls"] is not null;
}
