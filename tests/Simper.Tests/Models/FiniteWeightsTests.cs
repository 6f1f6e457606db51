using Simper.Models;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Runs;
using static TorchSharp.torch;

namespace Simper.Tests.Models;

/// <summary>Weights that are NaN or infinite: counted, warned about, and refused where that is asked for.</summary>
public sealed class FiniteWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Broken()
    {
        using LanguageModel model = LanguageModel.Load(Path.Combine(DemoRecipe.Files, "model"), Precision.Float32);
        using (no_grad())
        {
            using Tensor first = model.Parameters[1].Master.view(-1).narrow(0, 0, 3);
            first.Fill(double.NaN);
        }
        model.Save(_folder["broken"]);
        return _folder["broken"];
    }

    [Fact]
    public void They_are_warned_about_and_refused_by_strict_finite()
    {
        string path = Broken();
        using (LanguageModel model = AnsweringModel.Open(path, Precision.Float32))
            Assert.Contains("3 weights are NaN or infinite", model.Warning, StringComparison.Ordinal);
        foreach (
            Action opens in (Action[])
                [
                    () => AnsweringModel.Open(path, Precision.Float32, strictFinite: true),
                    () =>
                    {
                        using var setup = new RunSetup(
                            DemoRecipe.In(_folder) with
                            {
                                ModelNameOrPath = path,
                                StrictFinite = Recipe.Read(null, [("strict_finite", "true")]).StrictFinite,
                            }
                        );
                        _ = setup.Policy;
                    },
                ]
        )
        {
            string message = Assert.Throws<SimperException>(opens).Message;
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.Contains("3 weights are NaN or infinite", message, StringComparison.Ordinal);
            Assert.EndsWith("or use this one without strict_finite.", message, StringComparison.Ordinal);
        }
        using LanguageModel whole = AnsweringModel.Open(
            Path.Combine(DemoRecipe.Files, "model"),
            Precision.Float32,
            strictFinite: true
        );
        Assert.Null(whole.Warning);
    }
}
