// Products of many rows with packed matrices, and the gradients of their inputs, against those with bfloat16 values, in turns,
// and
// unpacking alone against copying values: as JSON. A ratio is the speed of packed blocks in parts of that of values, from one
// run.
//   dotnet run -c Release --project bench/Packed -- [--rows 2048] [--rounds 15] [--types Q4_K,NF4] [--json FILE]
using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Bench;
using Simper.Bench.Packed;
using Simper.Kernels;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

var options = Options.Read(
    args,
    "[--rows 2048] [--rounds 15] [--types Q4_0,Q8_0,Q4_K,Q6_K,NF4,INT8] [--json FILE]",
    [],
    new Dictionary<string, string>
    {
        ["rows"] = "2048",
        ["rounds"] = "15",
        ["types"] = "Q4_0,Q8_0,Q4_K,Q6_K,NF4,INT8",
        ["json"] = "",
    }
);
if (options is null)
    return 2;
HeapSettings.Apply(); // as the program does
using var noGrad = no_grad();
string[] types = options["types"].Split(',');
KernelSet kernels = KernelSet.For(Precision.BFloat16);
var report = new JsonObject { ["command"] = options.Command("Simper.Bench.Packed"), ["kernels"] = kernels.GetType().Name };
foreach ((int inputs, int outputs) in (ReadOnlySpan<(int, int)>)[(2048, 2048), (2048, 8192), (8192, 2048)])
{
    using var matrices = new Matrices(types, outputs, inputs);
    using Tensor x = randn(options.Number("rows"), inputs).to(ScalarType.BFloat16);
    using Tensor dy = randn(options.Number("rows"), outputs).to(ScalarType.BFloat16);
    report[$"{inputs} to {outputs}"] = new JsonObject
    {
        ["product"] = Measure(matrices, w => kernels.Linear(x, w, bias: null)),
        ["input gradient"] = Measure(matrices, w => kernels.LinearBackward(dy, w)),
        ["unpacking"] = Measure(matrices, w => w.Packed is { } packed ? kernels.Unpack(packed, 0, w.Rows) : w.Values.clone()),
    };
}
options.Write(report);
return 0;

JsonObject Measure(Matrices matrices, Func<WeightMatrix, Tensor> work)
{
    int rounds = options.Number("rounds");
    var times = matrices.All.ToDictionary(m => m.Name, _ => new List<double>());
    for (int round = -3; round < rounds; round++) // the first ones warm up
    {
        foreach ((string name, WeightMatrix matrix) in matrices.All)
        {
            long start = Stopwatch.GetTimestamp();
            work(matrix).Dispose();
            if (round >= 0)
                times[name].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }
    var result = new JsonObject();
    double values = Median(times[Matrices.Values]);
    foreach ((string name, List<double> own) in times)
        result[name] = new JsonObject { ["ms"] = Math.Round(Median(own), 2), ["ratio"] = Math.Round(values / Median(own), 3) };
    return result;
}

static double Median(List<double> numbers) => numbers.Order().ElementAt(numbers.Count / 2);
