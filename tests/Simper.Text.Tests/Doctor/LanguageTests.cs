using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>Sound texts of many languages, of code, mathematics and markup: nothing of weight is found in them.</summary>
public class LanguageTests
{
    public static TheoryData<string, string, string> Texts =>
        new()
        {
            { "French", "Qu’est-ce que c’est ? « Un œuf ? »", "C’est un œuf, bien sûr : où l’as-tu trouvé ?" },
            { "German", "Wie heißt die größte Stadt Österreichs?", "Die größte Stadt Österreichs heißt Wien." },
            { "Vietnamese", "Thủ đô của Việt Nam là gì?", "Thủ đô của Việt Nam là Hà Nội, một thành phố rất cổ." },
            { "Turkish", "Türkiye'nin başkenti neresidir?", "Türkiye'nin başkenti Ankara'dır, İstanbul değil." },
            { "Russian", "Как называется столица России?", "Столица России называется Москва." },
            { "Ukrainian", "Як називається столиця України?", "Столиця України називається Київ." },
            { "Greek", "Ποια είναι η πρωτεύουσα της Ελλάδας;", "Η πρωτεύουσα της Ελλάδας είναι η Αθήνα." },
            { "Arabic", "ما هي عاصمة مصر؟", "عاصمة مصر هي القاهرة\u200f، وهي مدينة كبيرة." },
            { "Persian", "پایتخت ایران کجاست؟ می\u200cدانی؟", "پایتخت ایران تهران است و من آن را می\u200cشناسم." },
            { "Hebrew", "מהי בירת ישראל?", "בירת ישראל היא ירושלים, עיר עתיקה מאוד." },
            { "Hindi", "भारत की राजधानी क्या है?", "भारत की राजधानी नई दिल्ली है, और यह बड़ा शहर है। क्\u200dष" },
            { "Bengali", "বাংলাদেশের রাজধানী কী?", "বাংলাদেশের রাজধানী ঢাকা, একটি বড় শহর।" },
            { "Tamil", "இந்தியாவின் தலைநகரம் எது?", "இந்தியாவின் தலைநகரம் புது தில்லி ஆகும்." },
            { "Malayalam", "കേരളത്തിന്റെ തലസ്ഥാനം ഏത്?", "കേരളത്തിന്റെ തലസ്ഥാനം തിരുവനന്തപുരം ആണ്. അവന്\u200d" },
            { "Thai", "เมืองหลวงของประเทศไทยคืออะไร", "เมืองหลวงของประเทศไทยคือกรุงเทพมหานคร" },
            { "Chinese", "中国的首都是哪里？", "中国的首都是北京，那是一座很古老的城市。" },
            { "Japanese", "日本の首都はどこですか。", "日本の首都は東京です。とても大きな都市です。" },
            { "Korean", "대한민국의 수도는 어디입니까?", "대한민국의 수도는 서울이며 아주 큰 도시입니다." },
            { "Georgian", "რომელია საქართველოს დედაქალაქი?", "საქართველოს დედაქალაქია თბილისი." },
            { "Armenian", "Ո՞րն է Հայաստանի մայրաքաղաքը:", "Հայաստանի մայրաքաղաքը Երևանն է:" },
            { "Amharic", "የኢትዮጵያ ዋና ከተማ ማን ናት?", "የኢትዮጵያ ዋና ከተማ አዲስ አበባ ናት።" },
            {
                "Emoji",
                "What does 👩🏽‍🚀 mean, and 🏴󠁧󠁢󠁳󠁣󠁴󠁿, and ❤️‍🔥?",
                "A woman astronaut 👩🏽‍🚀, the flag of Scotland, a heart on fire."
            },
            { "Mathematics", "What is Δx of f(x) = αx² + βx?", "Δf ≈ f′(x)·Δx, and ∂f/∂x = 2αx + β, where α ≠ 0 and x ∈ ℝ." },
            {
                "LaTeX",
                "Solve $\\frac{1}{x} = \\nu$ for $x$.",
                "It is $x = \\frac{1}{\\nu}$, where $\\nu \\neq 0$ and $\\nabla \\nu = 0$."
            },
            {
                "HTML",
                "How do I write a link in HTML?",
                "Like this:\n\n```html\n<a href=\"https://example.org/?a=1&amp;b=2\">link</a>\n<p>text</p>\n```\n\nThat is all."
            },
            {
                "Code",
                "How do I print two lines in Python?",
                "Use `print(\"one\\ntwo\\nthree\\n\\n\")`, since \\n ends a line."
                    + "\n\n```python\nprint('a\\n\\nb')\n```\n\nThat is all."
            },
            { "Prose in quotes", "What is R&D, and what AT&T?", "R&D is research & development; AT&T is a company." },
            {
                "A table",
                "Make a table.",
                "| a | b |\n|---|---|\n| 1 | 2 |\n\n--------------------------------\n\nThat is the table."
            },
            {
                "A dialogue",
                "Write a dialogue of a user and a shop.",
                "User: Have you bread?\nShop: We have.\nUser: Then give me one."
            },
            { "Nothing", "What does Python return without return?", "None" },
            {
                "Chess",
                "Name of the \u265f piece, or of \u2654?",
                "\u265f is a pawn, \u2654 is a king: \u2014 so it is \u2026 or \u201cso\u201d."
            },
        };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Nothing_of_weight_is_found_in_sound_texts(string language, string prompt, string answer)
    {
        string[] rows =
        [
            Examined.Pair(prompt, answer, $"{answer[..^1]}, {prompt[..^1]}."),
            Examined.Pair($"{prompt} {language}?", answer, $"{language}."),
        ];
        DoctorReport report = Examined.Rows(rows, Examined.Tokenizing(new TokenizationOptions { MaxLength = 4096 }));
        Assert.Equal(
            [],
            report.Findings.Where(f => f.Grade > Grade.Note).Select(f => $"{f.Check.Id}: {f.Rows.FirstOrDefault().Detail}")
        );
    }
}
