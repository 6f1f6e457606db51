using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Simper.Text.Preferences;

/// <summary>
/// Tokenized groups on disk, in a file named by the hash of all that shapes them. Written aside, then renamed; a file that is not
/// whole is not believed.
/// </summary>
internal sealed class TokenizationCache
{
    private const int Version = 1;

    private readonly string _file;

    private TokenizationCache(string file) => _file = file;

    public static TokenizationCache For(string folder, PreferenceDataset dataset, TokenizationOptions options, string identity)
    {
        string key = $"{Version}\n{dataset.Fingerprint}\n{options.MaxLength} {options.Truncation} {options.Format} {options.TemplateVariables?.ToJsonString()}\n{identity}";
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];
        return new TokenizationCache(Path.Combine(folder, name + ".tokens"));
    }

    /// <summary>What was kept, or null: nothing there, or damaged.</summary>
    public (TokenizedGroup[] Groups, DroppedRow[] Dropped, int Straddled)? Read()
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(_file);
            if (bytes.Length < 32 || !SHA256.HashData(bytes.AsSpan(32)).AsSpan().SequenceEqual(bytes.AsSpan(0, 32)))
                return null;
            using var reader = new BinaryReader(new MemoryStream(bytes, 32, bytes.Length - 32));
            int straddled = reader.ReadInt32();
            var groups = new TokenizedGroup[reader.ReadInt32()];
            for (int i = 0; i < groups.Length; i++)
            {
                int row = reader.ReadInt32();
                int[] prompt = Numbers(reader);
                var answers = new TokenizedAnswer[reader.ReadInt32()];
                for (int a = 0; a < answers.Length; a++)
                {
                    int[] ids = Numbers(reader);
                    bool[] scored = MemoryMarshal.Cast<byte, bool>(reader.ReadBytes(ids.Length)).ToArray();
                    answers[a] = new TokenizedAnswer { Ids = ids, IsScored = scored, WasCut = reader.ReadBoolean() };
                }
                groups[i] = new TokenizedGroup { Prompt = prompt, Answers = answers, Row = row };
            }
            var dropped = new DroppedRow[reader.ReadInt32()];
            for (int i = 0; i < dropped.Length; i++)
                dropped[i] = new DroppedRow(reader.ReadInt32(), reader.ReadString(), reader.ReadString());
            return (groups, dropped, straddled);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a result. A folder that cannot be written costs the time of the next run, nothing else.</summary>
    public void Write(TokenizedGroup[] groups, DroppedRow[] dropped, int straddled)
    {
        try
        {
            using var memory = new MemoryStream();
            using var writer = new BinaryWriter(memory);
            writer.Write(straddled);
            writer.Write(groups.Length);
            foreach (TokenizedGroup group in groups)
            {
                writer.Write(group.Row);
                Write(writer, group.Prompt);
                writer.Write(group.Answers.Length);
                foreach (TokenizedAnswer answer in group.Answers)
                {
                    Write(writer, answer.Ids);
                    writer.Write(MemoryMarshal.AsBytes(answer.IsScored.AsSpan()));
                    writer.Write(answer.WasCut);
                }
            }
            writer.Write(dropped.Length);
            foreach (DroppedRow row in dropped)
            {
                writer.Write(row.Row);
                writer.Write(row.Place);
                writer.Write(row.Reason);
            }
            writer.Flush();
            byte[] body = memory.ToArray();
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            string aside = $"{_file}.{Environment.ProcessId}.tmp";
            using (FileStream file = File.Create(aside))
            {
                file.Write(SHA256.HashData(body));
                file.Write(body);
            }
            File.Move(aside, _file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing is lost but time.
        }
    }

    private static int[] Numbers(BinaryReader reader)
    {
        var numbers = new int[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }

    private static void Write(BinaryWriter writer, int[] numbers)
    {
        writer.Write(numbers.Length);
        writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }
}
