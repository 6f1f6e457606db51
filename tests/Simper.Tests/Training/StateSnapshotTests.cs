using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Training;

/// <summary>Copies of a state stay as they were taken, in memory that is kept for the next copy.</summary>
public sealed class StateSnapshotTests : IDisposable
{
    private readonly LanguageModel _model;
    private readonly AdamW _optimizer;
    private readonly TrainingState _state;

    public StateSnapshotTests()
    {
        JsonObject config = JsonNode.Parse(ToyDecoder.Config)!.AsObject();
        config["vocab_size"] = 50_000; // 1.2 million values, which are more than one part
        _model = LanguageModel.Create(new ModelFiles("toy", config), seed: 3, Precision.BFloat16);
        _optimizer = new AdamW(_model.Parameters);
        _state = new TrainingState(_model, _optimizer, reference: null, new StepGuard(NonFiniteRule.Stop, SpikeRule.Apply));
    }

    public void Dispose()
    {
        _state.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Its_weights_are_those_of_the_model_in_parts(bool copies)
    {
        using StateSnapshot taken = _state.Snapshot(copies);
        SavedTensor[] saved = [.. taken.Weights];
        (string Name, Func<Tensor> Tensor)[] published = [.. _model.Published()];
        Assert.Equal(published.Select(p => p.Name), saved.Select(s => s.Name));
        int parts = 0;
        foreach ((SavedTensor found, (_, Func<Tensor> expected)) in saved.Zip(published))
        {
            using var scope = NewDisposeScope();
            Tensor[] rows = [.. found.Parts()];
            parts += rows.Length;
            Tensor whole = cat(rows, 0);
            Assert.Equal((found.Type, FileFault.Shape(found.Shape)), (whole.dtype, FileFault.Shape(whole.shape)));
            Assert.True(whole.equal(expected()).all().item<bool>(), found.Name);
        }
        Assert.Equal(published.Length + 2, parts); // the embedding and the head
    }

    [Fact]
    public void A_copy_stays_as_it_was_and_the_next_one_is_of_the_state_as_it_is_then()
    {
        long bytes = _state.BytesOfCopy;
        Set(1);
        StateSnapshot first = _state.Snapshot(copies: true);
        Set(2);
        using (StateSnapshot second = _state.Snapshot(copies: true)) // beside the first
            ExpectAll(second, 2);
        ExpectAll(first, 1);
        Assert.Equal(0, _state.BytesOfCopy); // memory is kept
        first.Dispose();
        Set(3);
        using StateSnapshot third = _state.Snapshot(copies: true);
        Set(4);
        ExpectAll(third, 3);
        Assert.Equal(bytes, _state.BytesOfCopy); // of a copy beside it
        _state.Dispose();
        ExpectAll(third, 3); // its memory lasts as long as it
    }

    // The first tensor was written before; what follows is written after the state has changed.
    [Fact]
    public void What_is_detached_stays_as_it_was_also_in_the_middle_of_writing()
    {
        Set(1);
        using StateSnapshot live = _state.Snapshot(copies: false);
        Assert.False(live.IsDetached);
        float before = First(live);
        live.WriteTensor(0, tensor => Assert.Equal(1, Largest(tensor)));
        live.Detach();
        Assert.True(live.IsDetached);
        Set(2);
        Train(_model, 3);
        for (int i = 1; i < live.Tensors.Count; i++)
            live.WriteTensor(i, tensor => Assert.Equal(1, Largest(tensor)));
        Assert.Equal(before, First(live));

        static float First(StateSnapshot snapshot)
        {
            using Tensor part = snapshot.Weights.First().Parts().First();
            return Largest(part);
        }
    }

    // The first part of a weight is written, the state is detached and changed, and the rest is written.
    [Fact]
    public void Weights_that_are_detached_while_they_are_written_are_as_they_were()
    {
        Train(_model, 1);
        Dictionary<string, float> before = _model.Published().ToDictionary(p => p.Name, p => OfNew(p.Tensor));
        using StateSnapshot live = _state.Snapshot(copies: false);
        using var folder = new TemporaryFolder();
        Task? detaching = null;
        using (var staged = new StagedFolder(folder["model"], _ => true, Watch))
        {
            live.WriteModel(staged, besides: 0);
            staged.Commit();
        }
        Assert.NotNull(detaching);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder["model"], "model.safetensors"));
        foreach (string name in file.Tensors.Keys)
        {
            using Tensor tensor = file.Read(name);
            Assert.Equal((name, before[name]), (name, Largest(tensor)));
        }

        static float OfNew(Func<Tensor> make)
        {
            using Tensor tensor = make();
            return Largest(tensor);
        }

        void Watch(FolderStep step)
        {
            if (step.Kind != FolderStepKind.WriteFile || !step.Path.EndsWith("model.safetensors", StringComparison.Ordinal))
                return;
            detaching = Task.Run(() =>
            {
                live.Detach();
                Train(_model, 2);
            });
        }
    }

    [Fact]
    public async Task Detaching_waits_for_the_tensor_that_is_being_written()
    {
        Set(1);
        using StateSnapshot live = _state.Snapshot(copies: false);
        using var begun = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        Task writing = Task.Run(
            () =>
                live.WriteTensor(
                    0,
                    _ =>
                    {
                        begun.Set();
                        mayEnd.Wait();
                    }
                ),
            TestContext.Current.CancellationToken
        );
        begun.Wait(TestContext.Current.CancellationToken);
        Task detaching = Task.Run(live.Detach, TestContext.Current.CancellationToken);
        Assert.False(live.IsDetached);
        mayEnd.Set();
        await Task.WhenAll(writing, detaching);
        Assert.True(live.IsDetached);
    }

    private static float Largest(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float32).max().item<float>();
    }

    private static void Train(LanguageModel model, int value)
    {
        using var noGrad = no_grad();
        foreach (Tensor tensor in model.Parameters.SelectMany(p => p.Weight.State).Select(s => s.Tensor))
        {
            using Tensor filled = HeldNumbers.Filled(value, tensor.dtype, tensor.shape);
            tensor.copy_(filled); // returns the tensor itself
        }
    }

    private void Set(int value)
    {
        using var noGrad = no_grad();
        foreach ((_, Tensor tensor) in _state.Tensors)
        {
            using Tensor filled = HeldNumbers.Filled(value, tensor.dtype, tensor.shape);
            tensor.copy_(filled); // returns the tensor itself
        }
    }

    private static void ExpectAll(StateSnapshot snapshot, int value)
    {
        foreach ((string name, Tensor tensor) in snapshot.Tensors)
        {
            using var scope = NewDisposeScope();
            Tensor values = tensor.to(ScalarType.Float32);
            Assert.True(values.min().item<float>() == value && values.max().item<float>() == value, name);
        }
    }
}
