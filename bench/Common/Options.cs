using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Bench;

/// <summary>What the measuring programs share: options as "--name value", and a report as JSON.</summary>
internal sealed class Options
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string[] _given;
    private readonly IReadOnlyDictionary<string, string> _values;

    private Options(string[] given, IReadOnlyDictionary<string, string> values) => (_given, _values) = (given, values);

    /// <summary>Reads the command line; prints the usage and returns null where it is not complete.</summary>
    /// <param name="given">The command line.</param>
    /// <param name="usage">What may be given.</param>
    /// <param name="needed">Options without a default.</param>
    /// <param name="defaults">All others.</param>
    public static Options? Read(string[] given, string usage, string[] needed, Dictionary<string, string> defaults)
    {
        bool isComplete = given.Length % 2 == 0;
        for (int i = 0; i + 1 < given.Length; i += 2)
        {
            string name = given[i].TrimStart('-');
            isComplete &= defaults.ContainsKey(name) || needed.Contains(name);
            defaults[name] = given[i + 1];
        }
        if (isComplete && needed.All(defaults.ContainsKey))
            return new Options(given, defaults);
        Console.Error.WriteLine("Usage: " + usage);
        return null;
    }

    /// <summary>The value of an option.</summary>
    public string this[string name] => _values[name];

    /// <summary>The value of an option that is a whole number.</summary>
    public int Number(string name) => int.Parse(this[name], CultureInfo.InvariantCulture);

    /// <summary>The command, without folders of this machine.</summary>
    public string Command(string program) =>
        $"{program} {string.Join(' ', _given.Select(a => Path.IsPathRooted(a) ? Path.GetFileName(a) : a))}";

    /// <summary>Prints a report; and writes it into the file of --json, if that is given.</summary>
    public void Write(JsonObject report)
    {
        string text = report.ToJsonString(Indented);
        Console.WriteLine(text);
        if (this["json"].Length > 0)
            File.WriteAllText(this["json"], text + "\n");
    }
}
