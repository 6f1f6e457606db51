using System.Text.Json.Nodes;

namespace Simper.Checkpoints;

/// <summary>Opens a Hugging Face folder whose config may call its weights quantised.</summary>
internal static class QuantisedFolder
{
    /// <summary>Where config.json says so.</summary>
    public const string ConfigKey = "quantization_config";

    /// <summary>The folder as it is read, quantised or not.</summary>
    /// <exception cref="SimperException">It is quantised in a way that is not read, or its tensors do not fit.</exception>
    public static ICheckpointSource Open(string path)
    {
        HuggingFaceFolder folder = HuggingFaceFolder.Open(path);
        try
        {
            var config = folder.Config[ConfigKey] as JsonObject;
            string? method = config?["quant_method"]?.ToString();
            return method switch
            {
                null => folder,
                "mxfp4" => new Mxfp4Folder(folder, path),
                "bitsandbytes" => new BitsAndBytesFolder(folder, path, config!),
                _ => throw new SimperException(
                    $"{path} is quantised by {FileFault.Quote(method)} ({ConfigKey} in config.json), which is not read; "
                        + "take the model as it was before, or a .gguf file of it."
                ),
            };
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
