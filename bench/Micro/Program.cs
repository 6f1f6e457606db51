// Each kernel against libtorch's composite of the same formula, at the sizes of SmolLM2-135M and 1,000 tokens, in bfloat16.
//   dotnet run -c Release --project bench/Micro -- --filter '*'
// Or what a run's checkpoint costs by itself, made in a folder and removed:
//   dotnet run -c Release --project bench/Micro -- --save MODEL FOLDER
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Simper.Bench.Micro;

if (args is ["--save", var model, var folder])
{
    SaveCost.Measure(model, folder);
    return;
}

// Long warm-ups: the runtime compiles hot code twice. In one process: libtorch is loaded once, and its threads are those of the
// kernels.
BenchmarkSwitcher
    .FromAssembly(typeof(Program).Assembly)
    .Run(
        args,
        DefaultConfig
            .Instance.AddJob(
                Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
                    .WithWarmupCount(30)
                    .WithIterationCount(9)
                    .WithInvocationCount(16)
                    .WithUnrollFactor(1)
            )
            .HideColumns(Column.Error, Column.StdDev, Column.RatioSD)
    );
