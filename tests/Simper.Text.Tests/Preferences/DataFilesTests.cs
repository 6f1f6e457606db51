using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Which files a path means.</summary>
public sealed class DataFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Put(params string[] files)
    {
        foreach (string file in files)
        {
            string path = Path.Combine(_folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(
                path,
                file.EndsWith("state.json", StringComparison.Ordinal) ? """{"_data_files": [{"filename": "a.arrow"}]}""" : ""
            );
        }
    }

    private string Found(string behind = "", params string[] splits) =>
        string.Join(
            ' ',
            DataFiles.Of(_folder + behind, splits is [] ? ["train"] : splits).Select(f => Path.GetRelativePath(_folder, f))
        );

    private string Error(string behind = "") =>
        Assert.Throws<SimperException>(() => DataFiles.Of(_folder + behind, "train")).Message;

    [Theory]
    [InlineData(
        "a.jsonl b.json.gz c.parquet d.csv.zst notes.txt README.md config.json .hidden.jsonl",
        "a.jsonl b.json.gz c.parquet d.csv.zst"
    )]
    [InlineData("train.csv test.csv", "train.csv")]
    [InlineData(
        "data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet data/test-00000-of-00001.parquet",
        "data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet"
    )]
    [InlineData("train/a.parquet train/b.parquet test/a.parquet", "train/a.parquet train/b.parquet")]
    [InlineData("dev/a.jsonl my-training-set.jsonl", "my-training-set.jsonl")]
    public void A_folder_is_its_split_to_train_on(string files, string expected)
    {
        Put(files.Split(' '));
        Assert.Equal(expected, Found());
    }

    [Theory]
    [InlineData("a.jsonl b.jsonl", null)] // all are read
    [InlineData("train.csv test.csv", null)] // the other split is left out by its name
    [InlineData(
        "train.csv more.csv",
        "1 data file of FOLDER is of no split by name and not read (more.csv); a pattern names " + "them: FOLDER/more.csv"
    )]
    [InlineData(
        "train.csv b.csv c.jsonl notes.txt",
        "2 data files of FOLDER are of no split by name and not read (b.csv, ...); " + "a pattern names them: FOLDER/b.csv"
    )]
    [InlineData("state.json a.arrow train.csv", null)] // a saved data set
    public void Files_that_a_folder_leaves_out_unasked_are_said(string files, string? expected)
    {
        Put(files.Split(' '));
        Assert.Equal(expected?.Replace("FOLDER", _folder, StringComparison.Ordinal), DataFiles.Note(_folder));
    }

    [Theory]
    [InlineData("[z-a].jsonl")]
    [InlineData("data/{a,[9-0]}.csv")]
    public void A_pattern_that_names_no_characters_is_refused(string pattern)
    {
        Put("a.jsonl", "data/a.csv");
        string message = Assert.Throws<SimperException>(() => DataFiles.Of(Path.Combine(_folder, pattern), "train")).Message;
        Assert.EndsWith(
            "is no pattern of file names: what stands in [ ] names no characters.",
            message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Splits_are_named_behind_the_folder_or_taken_as_they_come()
    {
        Put("train.csv", "validation.csv");
        Assert.Equal("validation.csv", Found("#validation"));
        Assert.Equal("validation.csv", Found("", "test", "validation", "train"));
        Assert.EndsWith(
            $"{_folder}#test: it has no split test, only train, validation; name one as {_folder}#train.",
            Error("#test"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/*.parquet", "a.parquet b.parquet")]
    [InlineData("/**/*.parquet", "a.parquet b.parquet in/c.parquet")]
    [InlineData("/[ab].*", "a.parquet b.parquet")]
    [InlineData("/{a,in/c}.parquet", "a.parquet in/c.parquet")]
    [InlineData("/in/*", "in/c.parquet")]
    public void Patterns_take_what_they_match(string pattern, string expected)
    {
        Put("a.parquet", "b.parquet", "in/c.parquet", "d.txt");
        Assert.Equal(expected, Found(pattern));
        Assert.True(DataFiles.Exist(_folder + pattern));
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        Assert.Contains("holds no data files; it needs .jsonl", Error(), StringComparison.Ordinal);
        Assert.EndsWith("/*.parquet matches no file.", Error("/*.parquet"), StringComparison.Ordinal);
        Assert.False(DataFiles.Exist(_folder + "/*.parquet"));
        Put("train-00000-of-00003.parquet", "train-00002-of-00003.parquet");
        Assert.EndsWith(
            $"{_folder}: 1 of the 3 files train-*.parquet are missing, the first is number 00001; fetch them, or take those "
                + $"that are there: {_folder}/train-*.parquet",
            Error(),
            StringComparison.Ordinal
        );
        Assert.Equal("train-00000-of-00003.parquet train-00002-of-00003.parquet", Found("/train-*.parquet"));
    }

    [Fact]
    public void Saved_data_sets_name_their_files()
    {
        Put("state.json");
        Assert.EndsWith(
            $"{_folder}: its file a.arrow is missing; copy it there, or save the data set again.",
            Error(),
            StringComparison.Ordinal
        );
        Put("a.arrow", "b.arrow");
        Assert.Equal("a.arrow", Found());
        Assert.EndsWith("holds one split, and not test; leave out #test.", Error("#test"), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "state.json"), """{"_data_files": [{"filename": "../a.arrow"}]}""");
        Assert.Contains("its file ../a.arrow is missing", Error(), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "state.json"), """{"_indices_data_files": [{"filename": "indices.arrow"}]}""");
        Assert.Contains("call flatten_indices()", Error(), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "state.json"), "{");
        Assert.Contains("state.json is not JSON", Error(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_saved_splits_one_is_taken()
    {
        Put("test/state.json", "test/a.arrow");
        File.WriteAllText(Path.Combine(_folder, "dataset_dict.json"), """{"splits": ["train", "test"]}""");
        Assert.Equal(Path.Combine("test", "a.arrow"), Found("#test"));
        Assert.Contains("names the split train, and", Error(), StringComparison.Ordinal);
        Assert.Contains("it has no split dev, only train, test; name one as", Error("#dev"), StringComparison.Ordinal);
    }
}
