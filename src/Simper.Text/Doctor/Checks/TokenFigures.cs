using System.Globalization;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor.Checks;

/// <summary>Counts of start tokens, stop tokens and cuts over the file, and the scripts of its prompts.</summary>
internal sealed class TokenFigures(ModelText model) : IFileCheck
{
    private readonly int? _bos = model.BosId;
    private readonly SortedDictionary<Script, long> _scripts = [];
    private long _answers;
    private long _withBos;
    private long _stopScored;
    private long _cut;

    public void Add(ExaminedRow row, int index)
    {
        Script script = row.Facts.PromptScript;
        _scripts[script] = _scripts.GetValueOrDefault(script) + 1;
        if (row.Tokens?.Group is not { } group)
            return;
        foreach (TokenizedAnswer answer in group.Answers)
        {
            _answers++;
            int first = group.Prompt.Length > 0 ? group.Prompt[0] : answer.Ids[0];
            _withBos += _bos is { } bos && first == bos ? 1 : 0;
            _cut += answer.WasCut ? 1 : 0;
            _stopScored += EndsScored(answer) ? 1 : 0;
        }
    }

    public void End(FoundRows found) { }

    public IEnumerable<DoctorFigure> Figures()
    {
        if (_answers > 0)
        {
            if (_bos is not null)
                yield return Share("begin_with_bos", "sequences that begin with the start token", _withBos);
            yield return Share("stop_scored", "answers whose stop token is scored", _stopScored);
            yield return Share("cut", "answers that are cut", _cut);
        }
        (Script Script, long Count)[] scripts =
        [
            .. _scripts.Where(s => s.Key != Script.None).Select(s => (s.Key, s.Value)).OrderByDescending(s => s.Value),
        ];
        if (scripts.Length > 1)
            yield return new DoctorFigure(
                "prompt_scripts",
                "scripts of prompts",
                scripts.Length,
                string.Join(", ", scripts.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Script} {s.Count:N0}")))
            );
    }

    private bool EndsScored(TokenizedAnswer answer)
    {
        int stop = Array.FindLastIndex(answer.Ids, model.Stops.Contains);
        return stop >= 0 && answer.IsScored[stop];
    }

    private DoctorFigure Share(string id, string what, long count) =>
        new(id, what, (double)count / _answers, string.Create(CultureInfo.InvariantCulture, $"{count:N0} of {_answers:N0}"));
}
