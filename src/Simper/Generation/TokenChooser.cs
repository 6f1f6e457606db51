using System.Runtime.InteropServices;
using Simper.Text.Preferences;

namespace Simper.Generation;

/// <summary>
/// Chooses the tokens of one answer: penalties and biases on the logits, a mask, then <see cref="Sampler"/>. Not thread safe.
/// </summary>
internal sealed class TokenChooser
{
    private readonly SamplingSettings _settings;
    private readonly DeterministicRandom _random;
    private readonly HashSet<int>? _seen;
    private readonly Dictionary<int, int>? _written;
    private float[]? _adjusted;

    /// <param name="settings">How to choose.</param>
    /// <param name="index">Which of the answers of one seed this is.</param>
    /// <param name="prompt">What the answer continues.</param>
    public TokenChooser(SamplingSettings settings, int index, IEnumerable<int> prompt)
    {
        _settings = settings;
        _random = DeterministicRandom.For((ulong)settings.Seed, "sampling", (ulong)index);
        if (settings.RepetitionPenalty != 1)
            _seen = [.. prompt];
        if (settings.PresencePenalty != 0 || settings.FrequencyPenalty != 0)
            _written = [];
    }

    /// <summary>The next token.</summary>
    /// <param name="logits">[V]</param>
    /// <param name="allowed">A bit for each token that may follow; empty for all.</param>
    public int Next(ReadOnlySpan<float> logits, ReadOnlySpan<ulong> allowed = default)
    {
        int id = Sampler.Next(Adjusted(logits, allowed), _settings, _random);
        _seen?.Add(id);
        if (_written is not null)
            CollectionsMarshal.GetValueRefOrAddDefault(_written, id, out _)++;
        return id;
    }

    private ReadOnlySpan<float> Adjusted(ReadOnlySpan<float> logits, ReadOnlySpan<ulong> allowed)
    {
        if (_seen is null && _written is not { Count: > 0 } && _settings.LogitBias.Count == 0 && allowed.IsEmpty)
            return logits;
        _adjusted ??= new float[logits.Length];
        logits.CopyTo(_adjusted);
        foreach (int id in _seen ?? [])
        {
            ref float logit = ref _adjusted[id];
            logit = (float)(logit > 0 ? logit / _settings.RepetitionPenalty : logit * _settings.RepetitionPenalty);
        }
        foreach ((int id, int times) in _written ?? [])
            _adjusted[id] -= (float)(_settings.PresencePenalty + times * _settings.FrequencyPenalty);
        foreach ((int id, double bias) in _settings.LogitBias)
            _adjusted[id] += (float)bias;
        for (int id = 0; id < _adjusted.Length && !allowed.IsEmpty; id++)
        {
            ulong word = allowed[id / 64];
            if (word == 0 && id % 64 == 0 && id + 64 <= _adjusted.Length)
            {
                _adjusted.AsSpan(id, 64).Fill(float.NegativeInfinity);
                id += 63;
            }
            else if ((word >> (id % 64) & 1) == 0)
            {
                _adjusted[id] = float.NegativeInfinity;
            }
        }
        return _adjusted;
    }
}
