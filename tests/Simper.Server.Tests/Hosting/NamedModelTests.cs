using Simper.Server.Hosting;

namespace Simper.Server.Tests.Hosting;

public sealed class NamedModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Model(params string[] parts)
    {
        string folder = Path.Combine([_folder, .. parts]);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        return folder;
    }

    private static string Names(params string[] words) => string.Join(' ', NamedModel.Of(words).Select(m => m.Name));

    [Fact]
    public void A_model_has_its_folder_s_name_or_the_given_one()
    {
        Assert.Equal("base", Names(Model("base")));
        Assert.Equal("base", Names(Model("base") + "/"));
        Assert.Equal("org/it", Names("org/it=" + Model("base")));
        File.WriteAllText(Path.Combine(_folder, "small.Q4.gguf"), "");
        Assert.Equal("small.Q4", Names(Path.Combine(_folder, "small.Q4.gguf")));
    }

    [Fact]
    public void A_run_s_checkpoints_are_named_below_it_in_their_order()
    {
        Model("run", "model");
        Model("run", "checkpoint-100");
        Model("run", "checkpoint-20");
        Model("run", "other");
        Assert.Equal("run run/checkpoint-20 run/checkpoint-100", Names(Path.Combine(_folder, "run")));
    }

    [Fact]
    public void A_folder_of_models_is_all_of_them()
    {
        Model("all", "base");
        Model("all", "tuned", "model");
        Directory.CreateDirectory(Path.Combine(_folder, "all", "empty"));
        Assert.Equal("x/base x/tuned", Names("x=" + Path.Combine(_folder, "all")));
    }

    [Fact]
    public void Names_are_unique_and_paths_exist()
    {
        string a = Model("a", "m");
        string b = Model("b", "m");
        Assert.Contains("both be named m", Assert.Throws<SimperException>(() => Names(a, b)).Message, StringComparison.Ordinal);
        Assert.Equal("m n", Names(a, "n=" + b));
        Assert.Contains(
            "does not exist",
            Assert.Throws<SimperException>(() => Names("nowhere")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("no name", Assert.Throws<SimperException>(() => Names("a b=" + a)).Message, StringComparison.Ordinal);
        Assert.Contains("no name", Assert.Throws<SimperException>(() => Names("=" + a)).Message, StringComparison.Ordinal);
    }
}
