using System.Runtime.InteropServices;

namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// The hashes of a data set's groups, in order: about 50 bytes for a pair. Immutable, thread safe.
/// </summary>
public sealed class GroupHashes
{
    private readonly UInt128[] _prompts;
    private readonly UInt128[] _wholes;
    private readonly int[] _ends; // behind each group's answers
    private readonly ulong[] _answers;
    private readonly byte[] _levels;

    private GroupHashes(UInt128[] prompts, UInt128[] wholes, int[] ends, ulong[] answers, byte[] levels) =>
        (_prompts, _wholes, _ends, _answers, _levels) = (prompts, wholes, ends, answers, levels);

    /// <summary>Number of groups.</summary>
    public int Count => _prompts.Length;

    /// <summary><see cref="GroupHash.Prompt"/> of all groups.</summary>
    public ReadOnlySpan<UInt128> Prompts => _prompts;

    /// <summary><see cref="GroupHash.Whole"/> of all groups.</summary>
    public ReadOnlySpan<UInt128> Wholes => _wholes;

    /// <summary><see cref="GroupHash.Answers"/> of a group.</summary>
    public ReadOnlySpan<ulong> AnswersOf(int group) => _answers.AsSpan(StartOf(group).._ends[group]);

    /// <summary><see cref="GroupHash.Levels"/> of a group.</summary>
    public ReadOnlySpan<byte> LevelsOf(int group) => _levels.AsSpan(StartOf(group).._ends[group]);

    /// <summary>The hashes of some groups, in the order given.</summary>
    public GroupHashes Select(ReadOnlySpan<int> groups)
    {
        var chosen = new Builder();
        foreach (int i in groups)
            chosen.Add(_prompts[i], _wholes[i], AnswersOf(i), LevelsOf(i));
        return chosen.Build();
    }

    /// <summary>The hashes of several data sets, one behind the other.</summary>
    public static GroupHashes Concat(params IEnumerable<GroupHashes> parts)
    {
        var all = new Builder();
        foreach (GroupHashes part in parts)
        {
            for (int i = 0; i < part.Count; i++)
                all.Add(part._prompts[i], part._wholes[i], part.AnswersOf(i), part.LevelsOf(i));
        }
        return all.Build();
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(_prompts.Length);
        writer.Write(_answers.Length);
        writer.Write(MemoryMarshal.AsBytes(_prompts.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(_wholes.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(_ends.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(_answers.AsSpan()));
        writer.Write(_levels);
    }

    internal static GroupHashes Read(BinaryReader reader)
    {
        (int groups, int answers) = (reader.ReadInt32(), reader.ReadInt32());
        return new GroupHashes(
            Numbers<UInt128>(groups),
            Numbers<UInt128>(groups),
            Numbers<int>(groups),
            Numbers<ulong>(answers),
            Numbers<byte>(answers)
        );

        T[] Numbers<T>(int count)
            where T : unmanaged
        {
            var numbers = new T[count];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
            return numbers;
        }
    }

    private int StartOf(int group) => group == 0 ? 0 : _ends[group - 1];

    /// <summary>Collects hashes as groups are read. Not thread safe.</summary>
    public sealed class Builder
    {
        private readonly List<UInt128> _prompts = [];
        private readonly List<UInt128> _wholes = [];
        private readonly List<int> _ends = [];
        private readonly List<ulong> _answers = [];
        private readonly List<byte> _levels = [];

        /// <summary>Adds the next group's.</summary>
        public void Add(GroupHash hash) => Add(hash.Prompt, hash.Whole, hash.Answers, hash.Levels);

        internal void Add(UInt128 prompt, UInt128 whole, ReadOnlySpan<ulong> answers, ReadOnlySpan<byte> levels)
        {
            _prompts.Add(prompt);
            _wholes.Add(whole);
            _answers.AddRange(answers);
            _levels.AddRange(levels);
            _ends.Add(_answers.Count);
        }

        /// <summary>All that were added.</summary>
        public GroupHashes Build() => new([.. _prompts], [.. _wholes], [.. _ends], [.. _answers], [.. _levels]);
    }
}
