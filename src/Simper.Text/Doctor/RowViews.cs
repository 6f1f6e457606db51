using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Doctor;

/// <summary>
/// Rows as they are shown: which tokens are the row's own text is found by looking for its texts, in order, in the bytes of the
/// tokens. A text that the template changes more than at its ends is taken for the template's from there on.
/// </summary>
internal sealed class RowViews(ModelText model)
{
    private const int Sure = 24; // bytes of a text that locate it where it is cut
    private const int LongestText = 4000;

    /// <summary>A row as it is shown.</summary>
    public RowView Of(ExaminedRow row)
    {
        (TokenView[] prompt, AnswerView[] answers) = row.Tokens?.Group is { } tokens ? Of(row, tokens) : ([], []);
        return new RowView(
            row.File,
            row.Number,
            prompt,
            answers,
            row.LeftOut ?? row.Tokens?.Drop?.Reason ?? (row.Tokens is null ? "it is refused" : null),
            answers.Length > 0 ? "" : TextOf(row),
            row.Faults
        );
    }

    private (TokenView[] Prompt, AnswerView[] Answers) Of(ExaminedRow row, TokenizedGroup group)
    {
        var prompt = new Piece(group.Prompt, model.Tokenizer);
        int end = prompt.Locate(row.Group!.Prompt);
        var answers = new AnswerView[group.Answers.Length];
        for (int a = 0; a < answers.Length; a++)
        {
            // A prompt whose end differs between answers goes on in their tokens.
            TokenizedAnswer answer = group.Answers[a];
            var piece = new Piece(answer.Ids, model.Tokenizer);
            piece.Locate([.. row.Group.Prompt.Skip(end), .. row.Group.Answers[a]]);
            answers[a] = new AnswerView(row.NameOf(a), group.WeightOf(a), answer.WasCut, Tokens(piece, answer.IsScored));
        }
        return (Tokens(prompt, []), answers);
    }

    private TokenView[] Tokens(Piece piece, bool[] scored) =>
        [
            .. piece.Ids.Select(
                (id, i) =>
                    new TokenView(
                        id,
                        piece.TextOf(i),
                        model.Tokenizer.IsSpecial(id) || model.Stops.Contains(id) ? TokenOrigin.Special
                            : piece.IsOfData(i) ? TokenOrigin.Data
                            : TokenOrigin.Template,
                        i < scored.Length && scored[i]
                    )
            ),
        ];

    private static string TextOf(ExaminedRow row)
    {
        string text = row.Group is null
            ? row.Json is null
                ? ""
                : ReadableRow.OneLine(row.Json)
            : string.Join("\n\n", row.Texts.Select(t => $"{row.Where(t)}: {t.Text}"));
        return text.Length <= LongestText ? text : text[..LongestText] + " ...";
    }

    // Tokens as bytes, and which of these are the row's own.
    private sealed class Piece
    {
        private readonly byte[][] _tokens;
        private readonly byte[] _bytes;
        private readonly bool[] _isData;
        private readonly int[] _starts;

        public Piece(int[] ids, Tokenizer tokenizer)
        {
            Ids = ids;
            _tokens = [.. ids.Select(id => tokenizer.BytesOf(id) ?? [])];
            _bytes = [.. _tokens.SelectMany(t => t)];
            _isData = new bool[_bytes.Length];
            _starts = new int[ids.Length];
            for (int i = 1; i < ids.Length; i++)
                _starts[i] = _starts[i - 1] + _tokens[i - 1].Length;
        }

        public int[] Ids { get; }

        /// <summary>Marks the texts of messages, in order; returns how many messages were found or have no text.</summary>
        public int Locate(IReadOnlyList<ChatMessage> messages)
        {
            int from = 0;
            for (int m = 0; m < messages.Count; m++)
            {
                bool isFound = true;
                foreach (RowText text in RowText.Of([messages[m]]))
                {
                    byte[] wanted = System.Text.Encoding.UTF8.GetBytes(text.Text.Trim());
                    int at = Find(wanted, from);
                    if (at < 0)
                    {
                        isFound = false;
                        continue;
                    }
                    int length = _bytes.AsSpan(at).CommonPrefixLength(wanted);
                    _isData.AsSpan(at, length).Fill(true);
                    from = at + length;
                }
                if (!isFound)
                    return m;
            }
            return messages.Count;
        }

        public bool IsOfData(int token) => _isData.AsSpan(_starts[token], _tokens[token].Length).Contains(true);

        public string TextOf(int token)
        {
            byte[] bytes = _tokens[token];
            return System.Text.Unicode.Utf8.IsValid(bytes)
                ? System.Text.Encoding.UTF8.GetString(bytes)
                : $"<{Convert.ToHexString(bytes)}>";
        }

        // A text that was cut is there with its beginning.
        private int Find(byte[] text, int from)
        {
            ReadOnlySpan<byte> rest = _bytes.AsSpan(Math.Min(from, _bytes.Length));
            int at = rest.IndexOf(text);
            if (at < 0 && text.Length > Sure)
                at = rest.IndexOf(text.AsSpan(0, Sure));
            if (at < 0 && text.Length > rest.Length && text.AsSpan().StartsWith(rest))
                at = 0;
            return at < 0 ? -1 : at + from;
        }
    }
}
