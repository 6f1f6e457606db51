namespace Simper.Text.Vocabularies;

/// <summary>Which vocabulary files a tokenizer class reads.</summary>
internal enum VocabularyForm
{
    /// <summary>A class that only says "as the file has it".</summary>
    Any,

    /// <summary>tokenizer.model and other names of SentencePiece's files.</summary>
    SentencePiece,

    /// <summary>vocab.json and merges.txt.</summary>
    ByteLevel,

    /// <summary>vocab.txt.</summary>
    WordPiece,
}

/// <summary>
/// A tokenizer class of transformers (<c>tokenizer_class</c>), as far as vocabulary files leave it open: special tokens, and what
/// is put around a text.
/// </summary>
internal sealed record TokenizerKind
{
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Values of <c>model_type</c> whose models have this class where the tokenizer's config names none.</summary>
    public IReadOnlyList<string> ModelTypes { get; init; } = [];

    public VocabularyForm Form { get; init; }

    /// <summary>Special tokens by key where the configs name none.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether <c>add_bos_token</c> is on unless said otherwise.</summary>
    public bool AddsBos { get; init; }

    /// <summary>Keys of tokens that always stand before and after a text.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>Qwen 2's pattern and NFC in place of GPT-2's pattern.</summary>
    public bool IsQwen { get; init; }

    /// <summary>Whether <c>legacy</c> and <c>add_prefix_space</c> decide where a space is prepended.</summary>
    public bool IsLlama { get; init; }

    /// <summary>Whether words, which begin at marks, go through fixed steps in place of the file's settings.</summary>
    public bool IsByWords { get; init; }

    /// <summary>Pieces that are special although the file calls them user-defined.</summary>
    public IReadOnlyList<string> SpecialPieces { get; init; } = [];

    /// <summary>Whether the mask token consumes the space before it.</summary>
    public bool MaskStripsLeft { get; init; }

    /// <summary>Tokens after the pieces: <c>extra_ids</c> unless said otherwise.</summary>
    public int ExtraIds { get; init; }

    /// <summary>
    /// Not null for fairseq's ids: its own special tokens in place of the first three pieces, and these behind the last.
    /// </summary>
    public IReadOnlyList<string>? BehindFairseq { get; init; }

    private static readonly Dictionary<string, string> Bert = Named(
        ("unk_token", "[UNK]"),
        ("sep_token", "[SEP]"),
        ("pad_token", "[PAD]"),
        ("cls_token", "[CLS]"),
        ("mask_token", "[MASK]")
    );

    private static readonly Dictionary<string, string> Fairseq = Named(
        ("bos_token", "<s>"),
        ("eos_token", "</s>"),
        ("unk_token", "<unk>"),
        ("sep_token", "</s>"),
        ("pad_token", "<pad>"),
        ("cls_token", "<s>")
    );

    private static readonly Dictionary<string, string> Roberta = new(Fairseq) { ["mask_token"] = "<mask>" };

    /// <summary>A class that takes the file as it is.</summary>
    public static TokenizerKind Plain { get; } =
        new() { Classes = ["PreTrainedTokenizerFast", "PreTrainedTokenizer", "TokenizersBackend"] };

    private static readonly TokenizerKind[] All =
    [
        Plain,
        new()
        {
            Classes = ["LlamaTokenizer", "CodeLlamaTokenizer", "Phi3Tokenizer", "MistralCommonTokenizer", "MistralCommonBackend"],
            ModelTypes = ["llama", "mistral", "mistral3", "ministral", "mixtral", "phi3"],
            Form = VocabularyForm.SentencePiece,
            Tokens = Named(("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>")),
            AddsBos = true,
            IsLlama = true,
        },
        new()
        {
            Classes = ["GemmaTokenizer"],
            ModelTypes = ["gemma", "gemma2", "gemma3", "gemma3_text"],
            Form = VocabularyForm.SentencePiece,
            Tokens = Named(("bos_token", "<bos>"), ("eos_token", "<eos>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")),
            AddsBos = true,
            SpecialPieces = ["<start_of_turn>", "<end_of_turn>"],
        },
        new()
        {
            Classes = ["T5Tokenizer"],
            ModelTypes = ["t5", "mt5", "umt5"],
            Form = VocabularyForm.SentencePiece,
            Tokens = Named(("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")),
            IsByWords = true,
            After = ["eos_token"],
            ExtraIds = 100,
        },
        new()
        {
            Classes = ["XLMRobertaTokenizer"],
            ModelTypes = ["xlm-roberta"],
            Form = VocabularyForm.SentencePiece,
            Tokens = Roberta,
            MaskStripsLeft = true,
            Before = ["cls_token"],
            After = ["sep_token"],
            IsByWords = true,
            BehindFairseq = ["<mask>"],
        },
        new()
        {
            Classes = ["XGLMTokenizer"],
            ModelTypes = ["xglm"],
            Form = VocabularyForm.SentencePiece,
            Tokens = Fairseq,
            Before = ["sep_token"],
            IsByWords = true,
            BehindFairseq = [.. Enumerable.Range(0, 7).Select(i => $"<madeupword{i}>")],
        },
        new()
        {
            Classes = ["GPT2Tokenizer", "CodeGenTokenizer", "GPTNeoXTokenizer"],
            ModelTypes = ["gpt2", "gpt_neo", "gpt_neox", "codegen", "starcoder2", "stablelm", "granite", "olmo2", "olmo3", "opt"],
            Form = VocabularyForm.ByteLevel,
            Tokens = Named(("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>")),
        },
        new()
        {
            Classes = ["Qwen2Tokenizer"],
            ModelTypes = ["qwen2", "qwen2_moe", "qwen3", "qwen3_moe"],
            Form = VocabularyForm.ByteLevel,
            Tokens = Named(("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>")),
            IsQwen = true,
        },
        new()
        {
            Classes = ["RobertaTokenizer", "BartTokenizer", "LongformerTokenizer"],
            ModelTypes = ["roberta", "bart"],
            Form = VocabularyForm.ByteLevel,
            Tokens = Roberta,
            MaskStripsLeft = true,
            Before = ["cls_token"],
            After = ["sep_token"],
        },
        new()
        {
            Classes = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"],
            ModelTypes = ["bert", "distilbert", "electra"],
            Form = VocabularyForm.WordPiece,
            Tokens = Bert,
            Before = ["cls_token"],
            After = ["sep_token"],
        },
    ];

    /// <summary>The kind of a class, else that of a model's type; null if neither is known.</summary>
    /// <param name="tokenizerClass">As in tokenizer_config.json, null if it is not there.</param>
    /// <param name="modelType">As in config.json.</param>
    public static TokenizerKind? Find(string? tokenizerClass, string? modelType)
    {
        if (tokenizerClass is null)
            return All.FirstOrDefault(k => k.ModelTypes.Contains(modelType)) ?? Plain;
        string name = tokenizerClass.EndsWith("Fast", StringComparison.Ordinal) ? tokenizerClass[..^4] : tokenizerClass;
        return All.FirstOrDefault(k => k.Classes.Contains(name) || k.Classes.Contains(tokenizerClass));
    }

    private static Dictionary<string, string> Named(params (string Key, string Token)[] tokens) =>
        tokens.ToDictionary(t => t.Key, t => t.Token);
}
