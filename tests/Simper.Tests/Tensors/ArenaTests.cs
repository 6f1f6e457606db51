using CsCheck;
using Simper.Tensors;
using Simper.Tests.Toys;
using static TorchSharp.torch;

namespace Simper.Tests.Tensors;

public class ArenaTests
{
    [Fact]
    public void Places_never_overlap_and_all_room_comes_back()
    {
        Gen.Select(Gen.Int[0, 12], Gen.Int[1, 40])
            .List[1, 200]
            .Sample(moves =>
            {
                const int length = 400;
                var places = new FreeList(length);
                var live = new Dictionary<long, int>();
                foreach ((int which, int wanted) in moves)
                {
                    if (which < live.Count)
                    {
                        long gone = live.Keys.Order().ElementAt(which);
                        live.Remove(gone);
                        places.Return(gone);
                    }
                    else if (places.Take(wanted) is long start)
                    {
                        Assert.True(start >= 0 && start + wanted <= length);
                        Assert.DoesNotContain(live, l => start < l.Key + l.Value && l.Key < start + wanted);
                        live.Add(start, wanted);
                    }
                    else
                    {
                        Assert.DoesNotContain(places.Free, f => f.Length >= wanted);
                    }
                    Assert.Equal(length, live.Values.Sum() + places.Free.Sum(f => f.Length));
                    Assert.All(
                        places.Free.Zip(places.Free.Skip(1)),
                        p => Assert.True(p.First.Start + p.First.Length < p.Second.Start)
                    );
                }
                foreach (long start in live.Keys)
                    places.Return(start);
                Assert.Equal([(0L, (long)length)], places.Free);
            });
    }

    [Fact]
    public void The_lowest_place_that_fits_is_taken()
    {
        var places = new FreeList(100);
        long?[] taken = [places.Take(10), places.Take(20), places.Take(10)];
        places.Return(10);
        Assert.Equal([0L, 10, 30], taken.OfType<long>());
        Assert.Equal(40, places.Take(30));
        Assert.Equal(10, places.Take(15));
        Assert.Null(places.Take(31));
        Assert.Throws<ArgumentException>(() => places.Return(5));
    }

    [Fact]
    public void Tensors_keep_their_values_while_others_come_and_go()
    {
        var random = new Random(1);
        var live = new List<(Tensor Tensor, float Value)>();
        for (int i = 0; i < 300; i++)
        {
            if (live.Count > 12 || live.Count > 0 && random.Next(2) == 0)
            {
                (Tensor tensor, float value) = live[random.Next(live.Count)];
                live.Remove((tensor, value));
                using Tensor view = tensor.narrow(0, tensor.shape[0] - 1, 1);
                tensor.Dispose(); // the memory stays as long as a view of it does
                Assert.All(Numbers.Of(view), x => Assert.Equal(value, x));
            }
            Tensor fresh = Arena.Empty(ScalarType.Float32, random.Next(1, 400), random.Next(1, 1500));
            fresh.Fill(i + 1);
            live.Add((fresh, i + 1));
        }
        foreach ((Tensor tensor, _) in live)
            tensor.Dispose();
    }
}
