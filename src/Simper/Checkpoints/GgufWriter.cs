using Microsoft.Win32.SafeHandles;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Writes one GGUF file, version 3. All keys, names, types and shapes are known before the first value, so the header comes first
/// and the tensors follow one at a time, quantised on the way by all threads; only one of them is in memory. <see cref="Finish"/>
/// flushes the file to disk. Never point it at a file that is being read.
/// </summary>
internal sealed unsafe class GgufWriter : IDisposable
{
    private const int ValuesPerTask = 1 << 16;
    private const int ValuesAtOnce = 1 << 24;
    private const float LargestHalf = 65504;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly IReadOnlyList<GgufPlannedTensor> _tensors;
    private long _position;
    private int _written;

    /// <summary>Creates the file, which must not exist, and writes its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keys">Keys in order; a value is a text, a truth, a number of 32 bits or more, or an array of one of
    /// these.</param>
    /// <param name="tensors">The tensors in order. Rows must be whole blocks of their type.</param>
    public GgufWriter(string path, IReadOnlyList<KeyValuePair<string, object>> keys, IReadOnlyList<GgufPlannedTensor> tensors)
    {
        (_path, _tensors) = (path, tensors);
        byte[] header = new GgufHeaderBytes(keys, tensors).ToArray();
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        Append(header);
    }

    /// <summary>Writes the next tensor, converted to its type. The caller keeps ownership.</summary>
    /// <exception cref="SimperException">A value is not finite, or too large for the type.</exception>
    public void Write(Tensor values)
    {
        GgufPlannedTensor planned = _tensors[_written++];
        if (values.NumberOfElements != planned.Count)
            throw new InvalidOperationException(
                $"Tensor {planned.Name} was announced with {planned.Count} values and has {values.NumberOfElements}."
            );
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor floats = values.detach().cpu().to(ScalarType.Float32).contiguous();
        var from = (float*)TensorMemory.Pointer(floats);
        ExpectFinite(planned, from);
        if (planned.Type.Encoder is { } encoder)
            Encode(planned, encoder, from);
        else
            Copy(planned, floats.to(planned.Type.Plain!.Value));
        Append(new byte[GgufHeaderBytes.Padding(planned.Bytes)]);
        GC.KeepAlive(floats);
    }

    /// <summary>To be called once, after all tensors: flushes the file to disk.</summary>
    public void Finish()
    {
        if (_written != _tensors.Count)
            throw new InvalidOperationException($"{_written} of {_tensors.Count} tensors were written.");
        Flushing.File(_file, _path);
    }

    public void Dispose() => _file.Dispose();

    private void Copy(GgufPlannedTensor planned, Tensor stored)
    {
        byte* from = TensorMemory.Pointer(stored);
        for (long done = 0; done < planned.Bytes; done += ValuesAtOnce)
            Append(new ReadOnlySpan<byte>(from + done, (int)Math.Min(ValuesAtOnce, planned.Bytes - done)));
        GC.KeepAlive(stored);
    }

    private void Encode(GgufPlannedTensor planned, RowEncoder encoder, float* from)
    {
        (int values, int bytes) = (planned.Type.Values, planned.Type.Bytes);
        long blocks = planned.Count / values;
        int perTask = ValuesPerTask / values;
        int atOnce = ValuesAtOnce / values;
        byte[] packed = new byte[Math.Min(blocks, atOnce) * bytes];
        for (long first = 0; first < blocks; first += atOnce)
        {
            int count = (int)Math.Min(atOnce, blocks - first);
            float* start = from + first * values;
            Parallel.For(
                0,
                (count + perTask - 1) / perTask,
                task =>
                {
                    int begin = task * perTask;
                    int some = Math.Min(perTask, count - begin);
                    encoder(
                        new ReadOnlySpan<float>(start + (long)begin * values, some * values),
                        packed.AsSpan(begin * bytes, some * bytes)
                    );
                }
            );
            Append(packed.AsSpan(0, count * bytes));
        }
    }

    private void ExpectFinite(GgufPlannedTensor planned, float* from)
    {
        bool isHalf = planned.Type.Plain == ScalarType.Float16;
        float most = isHalf ? LargestHalf : float.MaxValue;
        long tasks = (planned.Count + ValuesPerTask - 1) / ValuesPerTask;
        ParallelLoopResult looked = Parallel.For(
            0,
            tasks,
            (task, state) =>
            {
                long begin = task * ValuesPerTask;
                var some = new ReadOnlySpan<float>(from + begin, (int)Math.Min(ValuesPerTask, planned.Count - begin));
                foreach (float value in some)
                {
                    if (!(Math.Abs(value) <= most))
                        state.Stop();
                }
            }
        );
        if (!looked.IsCompleted)
            throw new SimperException(
                $"{_path}: a value of {planned.Name} is not finite, or too large for {planned.Type.Name}; "
                    + (isHalf ? "export as BF16 or F32 instead." : "the model is damaged.")
            );
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _position);
        _position += bytes.Length;
    }
}
