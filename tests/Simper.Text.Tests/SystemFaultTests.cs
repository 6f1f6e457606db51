using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Tests;

/// <summary>Errors of the file system: each a sentence without the path, which the sentence before it has.</summary>
public sealed class SystemFaultTests
{
    public static TheoryData<Exception, string> Faults =>
        new()
        {
            { new IOException("No space left on device : '/x'", 28), "the disk is full; make room" },
            { new IOException("Disk quota exceeded : '/x'", 122), "the disk quota is used up; make room" },
            { new IOException("Read-only file system : '/x'", 30), "it lies on a file system that is read-only" },
            { new IOException("Not a directory : '/a 'b' : c'", 20), "not a directory" },
            { new IOException("Input/output error : '/x'", 5), "input/output error" },
            {
                new IOException("The process cannot access the file '/x' because it is being used by another process.", 11),
                "another process has it"
            },
            { new IOException("The file '/x' already exists.", 17), "there is one of that name already" },
            { new FileNotFoundException("Could not find file '/x'.", "/x"), "there is no such file" },
            { new DirectoryNotFoundException("Could not find a part of the path '/x'."), "there is no such folder" },
            { new PathTooLongException("The path '/x' is too long."), "its name is too long" },
            { new UnauthorizedAccessException("Access to the path '/x' is denied."), "there is no permission" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public void An_error_is_said_in_words_of_ours_and_its_path_is_found(Exception error, string sentence)
    {
        Assert.Equal(sentence, SystemFault.Sentence(error));
        Assert.Equal(error.Message.Contains("/a", StringComparison.Ordinal) ? "/a 'b' : c" : "/x", SystemFault.PathOf(error));
    }

    [Theory]
    [InlineData("{\"a\": x}")]
    [InlineData("[1,")]
    [InlineData("")]
    public void What_is_no_JSON_is_told_without_the_reader_s_own_counting(string text)
    {
        JsonException error = Assert.ThrowsAny<JsonException>(() => JsonNode.Parse(text));
        Assert.Contains("LineNumber", error.Message, StringComparison.Ordinal);
        string sentence = SystemFault.Sentence(error);
        Assert.NotEmpty(sentence);
        Assert.DoesNotContain("LineNumber", sentence, StringComparison.Ordinal);
        Assert.False(sentence.EndsWith('.'));
    }

    [Fact]
    public void Errors_as_the_system_makes_them_name_no_class_and_no_path()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            string file = Path.Combine(folder, "file");
            File.WriteAllText(file, "");
            foreach (
                Action use in (Action[])
                    [
                        () => File.ReadAllText(Path.Combine(folder, "none")),
                        () => File.ReadAllText(Path.Combine(folder, "none", "none")),
                        () => Directory.CreateDirectory(Path.Combine(file, "below")),
                        () => File.ReadAllText(Path.Combine(folder, new string('x', 300))),
                    ]
            )
            {
                string sentence = SystemFault.Sentence(Assert.ThrowsAny<IOException>(use));
                Assert.DoesNotContain(folder, sentence, StringComparison.Ordinal);
                Assert.DoesNotContain("ould not find", sentence, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
