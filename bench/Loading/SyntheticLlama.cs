using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Bench.Loading;

/// <summary>
/// A Llama of random bfloat16 values around 0.01, as transformers would save it: in files of 5 GB with an index.
/// </summary>
internal sealed class SyntheticLlama(int layers, int hidden, int intermediate, int heads, int keyValueHeads, int vocabulary)
{
    private const long FileBytes = 5_000_000_000;

    /// <summary>Bytes of all values.</summary>
    public long Bytes => Tensors().Sum(t => 2 * t.Shape.Aggregate((a, b) => a * b));

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        List<List<(string Name, long[] Shape)>> files =
        [
            [],
        ];
        long bytes = 0;
        foreach ((string name, long[] shape) in Tensors())
        {
            long own = 2 * shape.Aggregate((a, b) => a * b);
            if (bytes > 0 && bytes + own > FileBytes)
            {
                files.Add([]);
                bytes = 0;
            }
            files[^1].Add((name, shape));
            bytes += own;
        }
        var map = new JsonObject();
        for (int i = 0; i < files.Count; i++)
        {
            string file = $"model-{i + 1:D5}-of-{files.Count:D5}.safetensors";
            Write(Path.Combine(folder, file), files[i]);
            foreach ((string name, _) in files[i])
                map[name] = file;
        }
        var index = new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = Bytes },
            ["weight_map"] = map,
        };
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), index.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "config.json"), Config().ToJsonString());
    }

    private JsonObject Config() =>
        new()
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["torch_dtype"] = "bfloat16",
            ["hidden_size"] = hidden,
            ["intermediate_size"] = intermediate,
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = keyValueHeads,
            ["vocab_size"] = vocabulary,
            ["max_position_embeddings"] = 8192,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 500000.0,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = false,
        };

    private IEnumerable<(string Name, long[] Shape)> Tensors()
    {
        long inner = (long)hidden / heads * keyValueHeads;
        yield return ("model.embed_tokens.weight", [vocabulary, hidden]);
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            yield return (prefix + "input_layernorm.weight", [hidden]);
            yield return (prefix + "mlp.down_proj.weight", [hidden, intermediate]);
            yield return (prefix + "mlp.gate_proj.weight", [intermediate, hidden]);
            yield return (prefix + "mlp.up_proj.weight", [intermediate, hidden]);
            yield return (prefix + "post_attention_layernorm.weight", [hidden]);
            yield return (prefix + "self_attn.k_proj.weight", [inner, hidden]);
            yield return (prefix + "self_attn.o_proj.weight", [hidden, hidden]);
            yield return (prefix + "self_attn.q_proj.weight", [hidden, hidden]);
            yield return (prefix + "self_attn.v_proj.weight", [inner, hidden]);
        }
        yield return ("model.norm.weight", [hidden]);
        yield return ("lm_head.weight", [vocabulary, hidden]);
    }

    private static void Write(string path, List<(string Name, long[] Shape)> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        long offset = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            long bytes = 2 * shape.Aggregate((a, b) => a * b);
            header[name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = new JsonArray([.. shape.Select(s => (JsonNode)s)]),
                ["data_offsets"] = new JsonArray(offset, offset + bytes),
            };
            offset += bytes;
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        int padded = (json.Length + 7) / 8 * 8;
        byte[] head = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(head, padded);
        json.CopyTo(head, 8);
        head.AsSpan(8 + json.Length).Fill((byte)' ');
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        file.Write(head);
        // A few megabytes of values over and over: what is in them is no matter, that they differ from page to page is.
        var values = new ushort[4 << 20];
        var random = new Random(7);
        random.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        foreach (ref ushort value in values.AsSpan())
            value = (ushort)((value & 0x807f) | 0x3c00 - ((value & 0x0300) >> 1)); // sign and mantissa; 0.002 to 0.015
        ReadOnlySpan<byte> piece = MemoryMarshal.AsBytes(values.AsSpan());
        for (long done = 0; done < offset; done += piece.Length)
            file.Write(piece[..(int)Math.Min(piece.Length, offset - done)]);
    }
}
