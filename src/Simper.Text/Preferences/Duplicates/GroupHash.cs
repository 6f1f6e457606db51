using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// What identifies a group among others: beginnings of SHA-256, the same on every machine. Groups are compared by these alone, so
/// that a data set of any length needs no texts in memory.
/// </summary>
/// <param name="Prompt">The messages of the prompt in their <see cref="NormalForm"/>, with roles and tool calls; neither tools
/// nor template variables.</param>
/// <param name="Whole">Everything that a model may read, as it stands: messages, tools, template variables, and which answer is
/// how good.</param>
/// <param name="Answers">Each answer in its <see cref="NormalForm"/>, with the tools and template variables it was given under;
/// to be compared within one prompt.</param>
/// <param name="Levels">How good each answer is: 0 for the best (chosen, or labelled good), more for worse, the same for
/// ties.</param>
public readonly record struct GroupHash(UInt128 Prompt, UInt128 Whole, ulong[] Answers, byte[] Levels)
{
    /// <summary>The hash of a group.</summary>
    public static GroupHash Of(PreferenceGroup group)
    {
        byte[] levels = LevelsOf(group);
        ArrayBufferWriter<byte> buffer = Buffer.Value!;
        string tools = group.Tools?.ToJsonString() ?? "";
        string variables = group.TemplateVariables?.ToJsonString() ?? "";

        Write(buffer, group.Prompt, NormalForm.OfPrompt);
        UInt128 prompt = Taken(buffer);

        var answers = new ulong[group.Answers.Count];
        for (int i = 0; i < answers.Length; i++)
        {
            Write(buffer, tools);
            Write(buffer, variables);
            Write(buffer, group.Answers[i], NormalForm.OfAnswer);
            answers[i] = (ulong)Taken(buffer);
        }

        Write(buffer, tools);
        Write(buffer, variables);
        Write(buffer, group.Prompt, static t => t);
        foreach (IReadOnlyList<ChatMessage> answer in group.Answers)
            Write(buffer, answer, static t => t);
        buffer.Write(levels);
        UInt128 whole = Taken(buffer);
        if (buffer.Capacity > 1 << 20)
            Buffer.Value = NewBuffer(); // one long row does not hold its memory
        return new GroupHash(prompt, whole, answers, levels);
    }

    private static readonly ThreadLocal<ArrayBufferWriter<byte>> Buffer = new(NewBuffer);

    private static ArrayBufferWriter<byte> NewBuffer() => new(4096);

    private static byte[] LevelsOf(PreferenceGroup group)
    {
        var levels = new byte[group.Answers.Count];
        if (group.Weights is not { } weights)
            levels.AsSpan(Math.Min(1, levels.Length)).Fill(1);
        else if (levels.Length == 1)
            levels[0] = weights[0] < 0 ? (byte)1 : (byte)0;
        else
        {
            double[] distinct = [.. weights.Distinct().OrderDescending()];
            for (int i = 0; i < levels.Length; i++)
                levels[i] = (byte)Math.Min(byte.MaxValue, Array.IndexOf(distinct, weights[i]));
        }
        return levels;
    }

    private static void Write(ArrayBufferWriter<byte> to, IReadOnlyList<ChatMessage> messages, Func<string, string> form)
    {
        Write(to, messages.Count);
        for (int i = 0; i < messages.Count; i++)
        {
            Write(to, messages[i].Role);
            Write(to, form(messages[i].Content));
            if (messages[i].Extra is not { } extra)
                continue;
            foreach ((string key, JsonNode? value) in extra)
            {
                if (key == "content")
                    continue; // the same text, in parts
                Write(to, key);
                Write(to, value?.ToJsonString() ?? "");
            }
        }
    }

    // With its length, so that no two lists of texts are written alike.
    private static void Write(ArrayBufferWriter<byte> to, string text)
    {
        Write(to, text.Length);
        Encoding.UTF8.GetBytes(text, to);
    }

    private static void Write(ArrayBufferWriter<byte> to, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), number);
        to.Advance(sizeof(int));
    }

    private static UInt128 Taken(ArrayBufferWriter<byte> buffer)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.WrittenSpan, hash);
        buffer.ResetWrittenCount();
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
