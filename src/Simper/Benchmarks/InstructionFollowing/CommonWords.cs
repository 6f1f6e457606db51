namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>The most common short words of a language, and letters that its neighbours in the same script lack.</summary>
/// <param name="Language">Its code.</param>
/// <param name="Words">In lower case.</param>
/// <param name="Letters">In lower case.</param>
internal sealed record CommonWords(string Language, IReadOnlySet<string> Words, string Letters)
{
    /// <summary>Languages that share a script, by the script; the first is taken where nothing tells them apart.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<CommonWords>> ByScript { get; } =
        new Dictionary<string, IReadOnlyList<CommonWords>>(StringComparer.Ordinal)
        {
            ["latin"] =
            [
                Of(
                    "en",
                    "the of and to in is that it for was on are as with be by this have from at not you or an his they which we "
                        + "he she but my your will can if all there has had do what who our their when would so no i me up out",
                    ""
                ),
                Of(
                    "de",
                    "der die und das ist nicht ein eine zu den mit von auf für sich im dem es auch wird als sie er wir ich des "
                        + "aus bei nach sind oder wie wenn hat aber kann noch werden haben einen einer",
                    "ßäöü"
                ),
                Of(
                    "fr",
                    "le la les de des et est un une du en que qui dans pour pas sur au avec ce il elle nous vous je ne par plus "
                        + "se sont mais ou aux cette son ses comme tout être",
                    "çèêœùàë"
                ),
                Of(
                    "es",
                    "el la los las de que y en un una es por con para del se no su al lo como más pero sus le ya o este sí "
                        + "porque esta entre cuando muy sin sobre también me hasta hay donde",
                    "ñ¿¡íóú"
                ),
                Of(
                    "it",
                    "il la di che e è un una per non con del si le da in i lo gli della sono come più anche ma al nel alla dei "
                        + "ha questo quando tutti molto essere dal delle",
                    "ìòàù"
                ),
                Of(
                    "pt",
                    "o a os as de que e do da em um uma é para com não por mais no na dos das se como mas ao ele ou ser quando "
                        + "muito há nos já está eu também só pelo pela até isso você são",
                    "ãõçâê"
                ),
                Of(
                    "vi",
                    "và của là có không được cho một những các trong người với này đã để từ khi như về đó ra tôi bạn nhiều",
                    "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư"
                ),
                Of(
                    "fi",
                    "ja on ei se että hän oli joka mutta kun niin ovat myös tai jos kuin mitä minä sinä hänen olla voi sen tämä "
                        + "ole mukaan sekä jotka",
                    "äö"
                ),
                Of(
                    "sw",
                    "na ya wa kwa ni katika za la cha hii kama lakini hiyo huo yake wake watu sana pia au kuwa hivyo yangu "
                        + "wangu mimi wewe kila baada hadi",
                    ""
                ),
                Of(
                    "pl",
                    "i w na nie się z do to że jest o jak po co tak za od ale przez są czy dla być może tylko jego który jej już",
                    "łąęśćżźń"
                ),
                Of("nl", "de het een en van is dat niet op te zijn voor met die aan er ook als bij om maar naar ik wij", ""),
                Of("sv", "och att det som en på är av för med den till inte har de ett om var jag men vi kan", "å"),
                Of("id", "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya ke karena ada mereka", ""),
                Of("tr", "ve bir bu da de için ile çok ne gibi daha olarak var ben sen ama o kadar", "ığşç"),
            ],
            ["cyrillic"] =
            [
                Of("ru", "и в не на я что он с как это по но из за все так от для его было или был если мы вы", "ыэёъ"),
                Of("uk", "і в не на що я з як це та до але за він для від був якщо ми ви його або є у", "іїєґ"),
                Of("bg", "и в не на да се е от за че с по са като но как това той тя или ще до при има ни ви аз", "ъщ"),
            ],
            ["arabic"] =
            [
                Of("ar", "في من على أن إلى هذا التي الذي عن مع كان هو هي لا ما أو ذلك كل بعد هذه لم قد", "ةىإأ"),
                Of("fa", "و در به از که این را با است برای آن می ها یک خود تا بر هم شود هر من ما شما", "پچژگکی"),
                Of("ur", "کے میں کی ہے اور سے کا کو اس نے پر ہیں یہ کہ ایک بھی تھا نہیں ہو جو تو آپ", "ےہںٹڈڑھ"),
            ],
            ["devanagari"] =
            [
                Of("hi", "के में की है और से का को पर हैं यह ने भी एक कि नहीं हो इस लिए था जो तो कर मैं", ""),
                Of("mr", "आहे आणि या च्या मध्ये हे तो ते की नाही एक होते असे आहेत हा ही मी व त्या साठी करण्यासाठी तुम्ही", "ळ"),
                Of("ne", "छ र को मा हो यो पनि छन् लागि भएको गर्न गर्ने एक तथा हरू का ले लाई नेपाल म तपाईं हुन्छ", ""),
            ],
        };

    /// <summary>How much a word speaks for the language.</summary>
    public double Score(string word) => (Words.Contains(word) ? 1 : 0) + 0.5 * word.Count(Letters.Contains);

    private static CommonWords Of(string language, string words, string letters) =>
        new(language, words.Split(' ').ToHashSet(StringComparer.Ordinal), letters);
}
