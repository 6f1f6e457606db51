using Simper.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>
/// A model of a disk that loses power. It records the steps of saves in a folder; for any number of them it lists the states that
/// the disk may be in afterwards. A file's content that was not flushed may be missing, half or whole; a name that was made,
/// changed or removed since its folder was last flushed may be as before or as after, each independently of the others.
/// </summary>
internal sealed class LossyDisk
{
    private const int Root = 0;
    private const int MostChoices = 16;

    private readonly string _folder;
    private readonly Dictionary<int, Dictionary<string, int>> _now = new() { [Root] = [] };
    private readonly List<Event> _events = [];
    private int _ids = Root;

    /// <param name="folder">The folder that is saved in.</param>
    public LossyDisk(string folder) => _folder = folder;

    private sealed class Event
    {
        public string What { get; init; } = "";

        /// <summary>The folder whose names change, and how: all or none of them.</summary>
        public int Folder { get; init; } = -1;

        public (string Name, int? Node)[] Names { get; init; } = [];

        /// <summary>The file that is written, and its content.</summary>
        public int File { get; init; } = -1;

        public byte[] Content { get; set; } = [];

        /// <summary>The file or folder that is flushed.</summary>
        public int Flushed { get; init; } = -1;
    }

    /// <summary>Steps so far.</summary>
    public int Steps => _events.Count;

    /// <summary>The name of a step.</summary>
    public string NameOf(int step) => _events[step].What;

    /// <summary>To be told of each step before it is done.</summary>
    public void Tell(FolderStep step)
    {
        (int parent, string name) = PlaceOf(step.Path);
        string what = $"{step.Kind} {name}";
        switch (step.Kind)
        {
            case FolderStepKind.MakeFolder:
                _now[++_ids] = [];
                Change(what, parent, (name, _ids));
                break;
            case FolderStepKind.WriteFile:
                Change(what, parent, (name, ++_ids));
                _events.Add(new Event { What = what, File = _ids });
                break;
            case FolderStepKind.FlushFile:
                int file = _now[parent][name];
                _events.Find(e => e.File == file)!.Content = ReadShared(step.Path);
                _events.Add(new Event { What = what, Flushed = file });
                break;
            case FolderStepKind.FlushFolder:
                _events.Add(new Event { What = what, Flushed = name.Length == 0 ? Root : _now[parent][name] });
                break;
            case FolderStepKind.Rename:
                Change(what, parent, (name, null), (Path.GetFileName(step.To!), _now[parent][name]));
                break;
            case FolderStepKind.Exchange:
                string to = Path.GetFileName(step.To!);
                Change(what, parent, (name, _now[parent][to]), (to, _now[parent][name]));
                break;
            case FolderStepKind.DeleteFolder:
                Change(what, parent, (name, null));
                break;
        }
    }

    /// <summary>Puts every state that the disk may be in after a number of steps into a folder, one after the other.</summary>
    public IEnumerable<int> StatesAfter(int steps, string folder)
    {
        List<int> open = [];
        for (int i = 0; i < steps; i++)
        {
            Event e = _events[i];
            int place = e.File >= 0 ? e.File : e.Folder;
            if (e.Flushed < 0 && !_events.Take(steps).Skip(i + 1).Any(later => later.Flushed == place))
                open.Add(i);
        }
        Assert.InRange(open.Count, 0, MostChoices);
        int[] choices = [.. open.Select(i => _events[i].File >= 0 ? 3 : 2)];
        int states = choices.Aggregate(1, (a, b) => a * b);
        for (int state = 0; state < states; state++)
        {
            var chosen = new Dictionary<int, int>();
            int rest = state;
            for (int i = 0; i < open.Count; i++)
            {
                chosen[open[i]] = rest % choices[i];
                rest /= choices[i];
            }
            Make(steps, chosen, folder);
            yield return state;
        }
    }

    private void Make(int steps, Dictionary<int, int> chosen, string folder)
    {
        var names = new Dictionary<int, Dictionary<string, int>>();
        var contents = new Dictionary<int, byte[]>();
        for (int i = 0; i < steps; i++)
        {
            Event e = _events[i];
            int choice = chosen.GetValueOrDefault(i, e.File >= 0 ? 2 : 1);
            if (e.File >= 0)
                contents[e.File] = e.Content[..(e.Content.Length * choice / 2)];
            else if (e.Folder >= 0 && choice == 1)
            {
                Dictionary<string, int> of = names.TryGetValue(e.Folder, out Dictionary<string, int>? known)
                    ? known
                    : names[e.Folder] = [];
                foreach ((string name, int? node) in e.Names)
                {
                    if (node is { } present)
                        of[name] = present;
                    else
                        of.Remove(name);
                }
            }
        }
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Write(Root, folder);

        void Write(int node, string path)
        {
            if (!_now.ContainsKey(node))
            {
                File.WriteAllBytes(path, contents.GetValueOrDefault(node, []));
                return;
            }
            Directory.CreateDirectory(path);
            foreach ((string name, int inner) in names.GetValueOrDefault(node, []))
                Write(inner, Path.Combine(path, name));
        }
    }

    private void Change(string what, int folder, params (string Name, int? Node)[] names)
    {
        _events.Add(
            new Event
            {
                What = what,
                Folder = folder,
                Names = names,
            }
        );
        foreach ((string name, int? node) in names)
        {
            if (node is { } present)
                _now[folder][name] = present;
            else
                _now[folder].Remove(name);
        }
    }

    private (int Parent, string Name) PlaceOf(string path)
    {
        string[] parts = Path.GetRelativePath(_folder, path).Split(Path.DirectorySeparatorChar);
        if (parts is ["."])
            return (Root, "");
        int parent = parts[..^1].Aggregate(Root, (at, part) => _now[at][part]);
        return (parent, parts[^1]);
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }
}
