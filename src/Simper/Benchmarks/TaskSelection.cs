namespace Simper.Benchmarks;

/// <summary>The tasks and groups that were asked for, each once, in the order of the list.</summary>
public sealed class TaskSelection
{
    private readonly List<TaskConfig> _tasks = [];
    private readonly List<TaskGroup> _groups = [];

    /// <summary>The tasks.</summary>
    public IReadOnlyList<TaskConfig> Tasks => _tasks;

    /// <summary>The groups; inner ones come before those that contain them.</summary>
    public IReadOnlyList<TaskGroup> Groups => _groups;

    /// <summary>The tasks of a group, also those of groups in it.</summary>
    public IReadOnlyList<string> TasksOf(TaskGroup group) =>
        [
            .. group
                .Children.SelectMany(c => _groups.Find(g => g.Name == c) is { } inner ? TasksOf(inner) : [c])
                .Distinct(StringComparer.Ordinal),
        ];

    internal void Add(TaskConfig task)
    {
        if (!_tasks.Exists(t => t.Name == task.Name))
            _tasks.Add(task);
    }

    internal void Add(TaskGroup group)
    {
        if (!_groups.Exists(g => g.Name == group.Name))
            _groups.Add(group);
    }
}
