using Simper.Text.Hub;

namespace Simper.Text.Tests.Hub;

public sealed class HubCacheTests : IDisposable
{
    private const string First = "fe05bcdcdc4928012781a5f1a2a77cbb5398e106";
    private const string Second = "ad782ecdac770fc6eb9a62e44f90873fb97fb26b";

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private HubEnvironment With(params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(v => v.Name == name).Value ?? (name == "HOME" ? _folder : null));

    // A file of a snapshot: its blob and a link to it, as downloads leave them.
    private void Put(string repository, string commit, string path, string text, bool asLink = true)
    {
        string file = Path.Combine(_folder, ".cache", "huggingface", "hub", repository, "snapshots", commit, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string blob = Path.Combine(_folder, ".cache", "huggingface", "hub", repository, "blobs", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        if (!asLink)
        {
            File.WriteAllText(file, text);
            return;
        }
        File.WriteAllText(blob, text);
        File.CreateSymbolicLink(file, Path.GetRelativePath(Path.GetDirectoryName(file)!, blob));
    }

    private void Name(string repository, string revision, string commit)
    {
        string file = Path.Combine(_folder, ".cache", "huggingface", "hub", repository, "refs", revision);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, commit);
    }

    private string Hub => Path.Combine(_folder, ".cache", "huggingface", "hub");

    [Theory]
    [InlineData("org/name", Second)]
    [InlineData("org/name@main", Second)]
    [InlineData("org/name@v1.0", First)]
    [InlineData("org/name@dev/feature", First)]
    [InlineData("org/name@" + First, First)]
    [InlineData("org/name@fe05bcd", First)]
    public void A_model_is_found_by_name_and_revision(string name, string commit)
    {
        Put("models--org--name", First, "config.json", "{}");
        Put("models--org--name", Second, "config.json", "{}");
        Name("models--org--name", "main", Second);
        Name("models--org--name", "v1.0", First);
        Name("models--org--name", "dev/feature", First);
        string found = HubCache.Find(HubKind.Model, name, With())!;
        Assert.Equal(Path.Combine(Hub, "models--org--name", "snapshots", commit), found);
        Assert.Equal("org/name", HubCache.Of(found)!.Id);
        Assert.Equal(commit == Second ? null : First, HubCache.Of(found)!.Revision);
        Assert.Null(HubCache.Find(HubKind.Model, "org/other", With()));
        Assert.Null(HubCache.Find(HubKind.Dataset, name, With()));
    }

    [Fact]
    public void A_revision_that_is_not_there_is_refused_with_those_that_are()
    {
        Put("models--org--name", First, "config.json", "{}");
        Name("models--org--name", "v1.0", First);
        string error = Assert.Throws<SimperException>(() => HubCache.Find(HubKind.Model, "org/name@v2", With())).Message;
        Assert.Contains("not its revision v2, only v1.0, fe05bcd; ", error, StringComparison.Ordinal);
        Assert.Contains("simper pull org/name --revision v2", error, StringComparison.Ordinal);
        // What was fetched by its commit alone is the one that is meant.
        Assert.NotNull(HubCache.Find(HubKind.Model, "org/name", With()));
        Put("models--org--name", Second, "config.json", "{}");
        Assert.Throws<SimperException>(() => HubCache.Find(HubKind.Model, "org/name", With()));
    }

    [Fact]
    public void Copies_without_links_and_old_names_are_found_too()
    {
        Put("models--gpt2", First, "config.json", "{}", asLink: false);
        Name("models--gpt2", "main", First);
        Assert.EndsWith(First, HubCache.Find(HubKind.Model, "gpt2", With()), StringComparison.Ordinal);
        Put("models--a--b", First, "config.json", "{}", asLink: false);
        Name("models--a--b", "main", First + "\n"); // as older versions wrote it
        Assert.EndsWith(First, HubCache.Find(HubKind.Model, "a/b", With()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_variables_of_python_s_tools_say_where_the_cache_is()
    {
        string At(params string[] parts) => Path.Combine([_folder, .. parts]);
        Assert.Equal(At(".cache", "huggingface", "hub"), With().Cache);
        Assert.Equal(At("x", "huggingface", "hub"), With(("XDG_CACHE_HOME", At("x"))).Cache);
        Assert.Equal(At("h", "hub"), With(("HF_HOME", At("h")), ("XDG_CACHE_HOME", At("x"))).Cache);
        Assert.Equal(At("h", "hub"), With(("HF_HOME", "~/h")).Cache);
        Assert.Equal(At("h", "hub"), With(("HF_HOME", "$ROOT/h"), ("ROOT", _folder)).Cache);
        Assert.Equal(At("old"), With(("HF_HOME", At("h")), ("HUGGINGFACE_HUB_CACHE", At("old"))).Cache);
        Assert.Equal(At("c"), With(("HF_HUB_CACHE", At("c")), ("HUGGINGFACE_HUB_CACHE", At("old"))).Cache);
        Assert.Equal(At(".cache", "huggingface", "hub"), With(("HF_HUB_CACHE", ""), ("HF_HOME", "")).Cache);
        Assert.Equal([At("h", "hub"), At("t")], With(("HF_HOME", At("h")), ("TRANSFORMERS_CACHE", At("t"))).Caches);
        Assert.Equal("http://mirror", With(("HF_ENDPOINT", "http://mirror/")).Endpoint);
        Assert.True(With(("HF_HUB_OFFLINE", "true")).IsOffline);
        Assert.True(With(("TRANSFORMERS_OFFLINE", "yes")).IsOffline);
        Assert.False(With(("HF_HUB_OFFLINE", "0")).IsOffline);
    }

    [Fact]
    public void A_model_is_also_found_in_the_cache_of_older_transformers()
    {
        Put("models--org--name", First, "config.json", "{}");
        Name("models--org--name", "main", First);
        HubEnvironment elsewhere = With(("HF_HOME", Path.Combine(_folder, "h")), ("TRANSFORMERS_CACHE", Hub));
        Assert.NotNull(HubCache.Find(HubKind.Model, "org/name", elsewhere));
        Assert.Null(HubCache.Find(HubKind.Model, "org/name", With(("HF_HOME", Path.Combine(_folder, "h")))));
    }

    [Fact]
    public void The_token_is_taken_from_where_it_usually_is()
    {
        Assert.Null(With().Token);
        Assert.Equal("hf_x", With(("HF_TOKEN", " hf_x\n")).Token);
        Assert.Equal("hf_old", With(("HUGGING_FACE_HUB_TOKEN", "hf_old")).Token);
        Directory.CreateDirectory(Path.Combine(_folder, ".cache", "huggingface"));
        File.WriteAllText(Path.Combine(_folder, ".cache", "huggingface", "token"), "hf_file\r\n");
        Assert.Equal("hf_file", With().Token);
        Assert.Equal("hf_x", With(("HF_TOKEN", "hf_x")).Token);
        File.WriteAllText(Path.Combine(_folder, "mine"), "hf_mine");
        Assert.Equal("hf_mine", With(("HF_TOKEN_PATH", Path.Combine(_folder, "mine"))).Token);
        Assert.Null(With(("HF_TOKEN", "hf_x"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).Token);
    }

    [Theory]
    [InlineData("org/name", "org/name", null, null, null)]
    [InlineData("org/name@v1", "org/name", "v1", null, null)]
    [InlineData("org/name/config#test", "org/name", null, "config", "test")]
    [InlineData("org/name/a/b.jsonl@v1", null, null, null, null)]
    [InlineData("org/name/a/b.jsonl", "org/name", null, "a/b.jsonl", null)]
    [InlineData("org/../x", null, null, null, null)]
    [InlineData("org/name@../../x", null, null, null, null)]
    [InlineData("org/name/../x", null, null, null, null)]
    [InlineData("/org/name", null, null, null, null)]
    [InlineData("org/na--me", null, null, null, null)]
    [InlineData("./data", null, null, null, null)]
    public void References_are_read_as_they_are_written(string text, string? id, string? revision, string? part, string? split)
    {
        HubReference? reference = HubReference.Parse(HubKind.Dataset, text);
        if (text.Contains("b.jsonl@", StringComparison.Ordinal))
            Assert.Equal(("org/name", "v1", "a/b.jsonl"), (reference!.Id, reference.Revision, reference.Part));
        else
            Assert.Equal((id, revision, part, split), (reference?.Id, reference?.Revision, reference?.Part, reference?.Split));
        if (reference is not null && !text.Contains("b.jsonl@", StringComparison.Ordinal))
            Assert.Equal(text, reference.ToString());
    }

    [Fact]
    public void A_name_that_is_nowhere_says_so_and_names_the_command()
    {
        string? said = HubCache.Missing(HubKind.Model, "org/name@v1", With());
        Assert.Equal(
            $"org/name@v1 does not exist, nor is a model of that name in the Hugging Face cache ({Hub}); fetch it "
                + $"with: simper pull "
                + "org/name --revision v1",
            said
        );
        Assert.EndsWith(
            "simper pull org/name --dataset",
            HubCache.Missing(HubKind.Dataset, "org/name#test", With()),
            StringComparison.Ordinal
        );
        Assert.Null(HubCache.Missing(HubKind.Model, "models/mine", With()));
    }

    [Fact]
    public void The_rows_of_a_data_set_are_those_of_its_split()
    {
        const string Set = "datasets--org--set";
        Name(Set, "main", First);
        Put(Set, First, "data/train-00000-of-00002.jsonl", "a");
        Put(Set, First, "data/train-00001-of-00002.jsonl", "b");
        Put(Set, First, "data/test_prefs-00000-of-00001.jsonl", "c");
        Assert.Equal(["train-00000-of-00002.jsonl", "train-00001-of-00002.jsonl"], Names("org/set", "train"));
        Assert.Equal(["test_prefs-00000-of-00001.jsonl"], Names("org/set#test_prefs", "train"));
        Assert.Contains("only test_prefs, train", Fault("org/set#dev"), StringComparison.Ordinal);
    }

    [Fact]
    public void Splits_are_also_found_by_words_in_paths()
    {
        const string Set = "datasets--org--words";
        Name(Set, "main", First);
        foreach (string path in (string[])["a/train.jsonl.gz", "a/test.jsonl.gz", "b/train.jsonl.gz", "b/dev.json", "notes.md"])
            Put(Set, First, path, "x");
        Put(Set, First, "README.md", "# A set");
        Assert.Equal(2, Names("org/words", "train").Length);
        Assert.Equal(["test.jsonl.gz"], Names("org/words", "test", "validation"));
        Assert.Equal(["train.jsonl.gz"], Names("org/words/a", "train"));
        Assert.Equal(["test.jsonl.gz"], Names("org/words/a/test.jsonl.gz", "train"));
        Assert.Equal(["dev.json"], Names("org/words#validation", "train"));
        Assert.Contains("simper pull org/words --dataset", Fault("org/words/c"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_s_configurations_come_first()
    {
        const string Set = "datasets--org--card";
        Name(Set, "main", First);
        Put(
            Set,
            First,
            "README.md",
            "---\nconfigs:\n- config_name: plain\n  data_files:\n  - split: train\n    path: \"p/*.jsonl\"\n  - "
                + "split: test\n    path:\n"
                + "    - t/x.jsonl\n- config_name: other\n  default: true\n  data_files: \"o/**/*.jsonl\"\n---\n# A set\n"
        );
        foreach (string path in (string[])["p/1.jsonl", "p/deep/2.jsonl", "t/x.jsonl", "o/a/b/3.jsonl"])
            Put(Set, First, path, "x");
        Assert.Equal(["3.jsonl"], Names("org/card", "train"));
        Assert.Equal(["1.jsonl"], Names("org/card/plain", "train"));
        Assert.Equal(["x.jsonl"], Names("org/card/plain#test", "train"));
        Assert.Contains("only the configurations plain, other", Fault("org/card/third"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_a_content_that_is_gone_is_a_file_that_is_missing()
    {
        const string Set = "datasets--org--gone";
        Name(Set, "main", First);
        Put(Set, First, "train.jsonl", "x");
        foreach (string blob in Directory.GetFiles(Path.Combine(Hub, Set, "blobs")))
            File.Delete(blob);
        Assert.Contains("train.jsonl is missing in", Fault("org/gone"), StringComparison.Ordinal);
        Assert.False(HubCache.HasFile(Path.Combine(Hub, Set, "snapshots", First, "train.jsonl")));
    }

    private string[] Names(string name, params string[] splits)
    {
        HubReference reference = HubReference.Parse(HubKind.Dataset, name)!;
        return [.. HubDataFiles.Of(reference, HubCache.Find(reference, With())!, splits).Select(f => Path.GetFileName(f))];
    }

    private string Fault(string name) => Assert.Throws<SimperException>(() => Names(name, "train")).Message;

    [Theory]
    [InlineData("*.json", "config.json", true)]
    [InlineData("*.json", "sub/config.json", true)]
    [InlineData("sub/", "sub/dir/notes.txt", true)]
    [InlineData("model-0000?-*", "model-00001-of-00002.safetensors", true)]
    [InlineData("[ab].txt", "b.txt", true)]
    [InlineData("[!ab].txt", "b.txt", false)]
    [InlineData("*.json", "config.jsonl", false)]
    [InlineData("config.json", "sub/config.json", false)]
    public void Patterns_are_those_of_hf_download(string pattern, string path, bool expected) =>
        Assert.Equal(expected, HubGlob.Matches(pattern, path));
}
