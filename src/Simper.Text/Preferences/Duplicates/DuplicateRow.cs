namespace Simper.Text.Preferences.Duplicates;

/// <summary>A group that another one before it repeats.</summary>
/// <param name="Group">Its index in the data set.</param>
/// <param name="With">The index of the earlier one.</param>
/// <param name="Similarity">1 for equal ones; else the lowest of the Jaccard similarities of their prompts and answers.</param>
public readonly record struct DuplicateRow(int Group, int With, double Similarity = 1);
