namespace Simper.Benchmarks;

/// <summary>
/// The generator MT19937 (Matsumoto and Nishimura 1998): seeded with a number as liblinear does it, or with a key as Python does.
/// Not thread safe.
/// </summary>
internal sealed class MersenneTwister
{
    private const int Words = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Words];
    private int _next = Words;

    /// <summary>Seeded with one number.</summary>
    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (int i = 1; i < Words; i++)
            _state[i] = 1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30)) + (uint)i;
    }

    /// <summary>Seeded with a key of several numbers (<c>init_by_array</c>).</summary>
    public MersenneTwister(uint[] key)
        : this(19650218)
    {
        int i = 1;
        for (int k = 0; k < Math.Max(Words, key.Length); k++)
        {
            int j = k % key.Length;
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            i = Following(i);
        }
        for (int k = 0; k < Words - 1; k++)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            i = Following(i);
        }
        _state[0] = 0x80000000;
    }

    /// <summary>The next 32 bits.</summary>
    public uint Next()
    {
        if (_next >= Words)
        {
            for (int i = 0; i < Words; i++)
            {
                uint mixed = (_state[i] & 0x80000000) | (_state[(i + 1) % Words] & 0x7fffffff);
                _state[i] = _state[(i + Middle) % Words] ^ (mixed >> 1) ^ ((mixed & 1) * 0x9908b0df);
            }
            _next = 0;
        }
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    /// <summary>A number below a limit, each as likely (Lemire 2019).</summary>
    public uint NextBelow(uint limit)
    {
        ulong product = (ulong)Next() * limit;
        if ((uint)product < limit)
        {
            uint reject = (uint)-limit % limit;
            while ((uint)product < reject)
                product = (ulong)Next() * limit;
        }
        return (uint)(product >> 32);
    }

    private int Following(int i)
    {
        if (i + 1 < Words)
            return i + 1;
        _state[0] = _state[Words - 1];
        return 1;
    }
}
