using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Tensors;
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
        long bytes = _state.Bytes;
        Set(1);
        StateSnapshot first = _state.Snapshot(copies: true);
        Set(2);
        using (StateSnapshot second = _state.Snapshot(copies: true)) // beside the first
            ExpectAll(second, 2);
        ExpectAll(first, 1);
        Assert.Equal(0, _state.Bytes); // memory is kept
        first.Dispose();
        Set(3);
        using StateSnapshot third = _state.Snapshot(copies: true);
        Set(4);
        ExpectAll(third, 3);
        Assert.Equal(bytes, _state.Bytes); // of a copy beside it
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
