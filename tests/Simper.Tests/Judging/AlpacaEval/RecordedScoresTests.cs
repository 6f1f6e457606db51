using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Simper.Judging.AlpacaEval;
using Simper.Testing;

namespace Simper.Tests.Judging.AlpacaEval;

/// <summary>Figures of the alpaca_eval package, for models of its leaderboard and for made-up rows.</summary>
public class RecordedScoresTests
{
    private const double Tolerance = 1e-7; // of percentages

    private static readonly Lazy<GamedBaselines> Instructions = new(() =>
        GamedBaselines.Read(SharedFiles.Path("data", "alpaca_eval", "gamed_baselines.csv"))
    );

    private static readonly Lazy<Dictionary<string, JudgedRow[]>> Annotated = new(ReadAnnotated);

    public static TheoryData<string> Models => SharedFiles.Rows(() => Json("models.json").AsObject().Select(m => m.Key));

    public static TheoryData<string> MadeUp => SharedFiles.Rows(() => Json("synthetic_sets.json").AsObject().Select(m => m.Key));

    [Theory]
    [MemberData(nameof(Models))]
    public void Figures_of_a_model_of_the_leaderboard_come_out(string model)
    {
        JudgedRow[] rows = Annotated.Value[model];
        JsonNode expected = Json("models.json")[model]!;
        // The unofficial variants for a part of them, which saves a minute: made-up rows have all three too.
        int variants = model.Length % 5 == 0 ? LengthControlVariant.All.Count : 1;
        foreach (LengthControlVariant variant in LengthControlVariant.All.Take(variants))
            Check(rows, expected[variant.Name]!, variant, isBaseline: model == "gpt4_1106_preview");
        JsonNode published = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("data", "alpaca_eval", "expected.json")))!;
        if (published[model]?["win_rate"] is { } rate)
            Assert.Equal((double)rate, WinRate.Of(rows.Select(r => r.Preference)).Rate, 1e-9);
    }

    [Theory]
    [MemberData(nameof(MadeUp))]
    public void Figures_of_made_up_rows_come_out(string name)
    {
        JsonNode set = Json("synthetic_sets.json")[name]!;
        JsonArray first = set["len_1"]!.AsArray();
        JudgedRow[] rows =
        [
            .. set["preference"]!
                .AsArray()
                .Select((p, i) => new JudgedRow((double?)p, (int)first[i]!, (int)set["len_2"]!.AsArray()[i]!)),
        ];
        JsonNode expected = Json("synthetic_results.json")[name]!;
        Compare(expected["get_winrate"]!, WinRate.Of(rows.Select(r => r.Preference)));
        bool isBaseline = (string?)set["generator_1"] == (string?)set["generator_2"];
        foreach (LengthControlVariant variant in LengthControlVariant.All)
            Check(rows, expected[variant.Name]!, variant, isBaseline);
    }

    private static void Check(JudgedRow[] rows, JsonNode expected, LengthControlVariant variant, bool isBaseline)
    {
        if (expected["error"] is not null)
        {
            Assert.Throws<SimperException>(() => LengthControl.Of(rows, Instructions.Value, variant));
            return;
        }
        LengthControl found = isBaseline
            ? LengthControl.OfBaseline(variant, rows.Length)
            : LengthControl.Of(rows, Instructions.Value, variant);
        JsonNode metrics = expected["metrics"]!;
        WinRate raw = WinRate.Of(rows.Select(r => r.Preference));
        Compare(metrics, raw);
        Assert.Equal((double)metrics["length_controlled_winrate"]!, found.Rate, Tolerance);
        Assert.Equal((double)metrics["lc_standard_error"]!, found.StandardError, Tolerance);
        Assert.Equal((bool)expected["extreme_warning"]!, found.IsExtreme(raw.Rate));
        if (isBaseline)
            return;
        Assert.Equal((double)expected["C"]!, found.C, 1e-6);
        foreach ((JsonNode? score, double own) in expected["mean_cv_score_per_C"]!.AsArray().Zip(found.FoldScores))
            Assert.Equal((double)score!, own, 1e-9);
        Assert.Equal((double)expected["exact_at_C"]!["lc"]!, found.ExactRate, 1e-5);
        IReadOnlyList<SparseLogistic.Row> fitted = LengthControl.Fitted(rows, Instructions.Value, variant);
        Assert.Equal((int)expected["rows_fitted"]!, fitted.Count);
        Assert.Equal((double)expected["sums"]!["weight"]!, fitted.Sum(r => r.Weight), 1e-8);
        Assert.Equal((double)expected["sums"]!["weight_y"]!, fitted.Sum(r => r.Weight * r.Y), 1e-6);
        double c = (double)expected["C"]!;
        double[] w = SparseLogistic.Fit(fitted, c);
        JsonNode exact = expected["exact_at_C"]!;
        foreach ((JsonNode? coefficient, double own) in exact["coefficients"]!.AsArray().Zip(w))
            Assert.Equal((double)coefficient!, own, 1e-6 * Math.Max(1, Math.Abs(own)));
        double objective = SparseLogistic.Objective(fitted, w, c);
        Assert.True(objective <= (double)exact["objective"]! * (1 + 1e-8), $"{objective:R} > {exact["objective"]}");
        Assert.Equal(
            (double)exact["lc"]!,
            100 * LengthControl.Predicted(rows.Length, Instructions.Value, variant, w).Average(),
            1e-5
        );
    }

    private static void Compare(JsonNode expected, WinRate found)
    {
        Assert.Equal((double)expected["win_rate"]!, found.Rate, 1e-9);
        Assert.Equal((double)expected["discrete_win_rate"]!, found.DiscreteRate, 1e-9);
        Assert.Equal((int)expected["n_wins"]!, found.Wins);
        Assert.Equal((int)expected["n_wins_base"]!, found.BaselineWins);
        Assert.Equal((int)expected["n_draws"]!, found.Draws);
        Assert.Equal((int)expected["n_total"]!, found.Total);
        if (expected["standard_error"] is JsonValue error && error.TryGetValue(out double value))
            Assert.Equal(value, found.StandardError, 1e-9);
        else
            Assert.Equal(double.NaN, found.StandardError);
    }

    private static Dictionary<string, JudgedRow[]> ReadAnnotated()
    {
        using var stream = new GZipStream(
            File.OpenRead(SharedFiles.Path("data", "alpaca_eval", "annotations_compact.csv.gz")),
            CompressionMode.Decompress
        );
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        var models = new Dictionary<string, List<JudgedRow>>();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            double? preference = cells[3].Length == 0 ? null : double.Parse(cells[3], CultureInfo.InvariantCulture);
            models.TryAdd(cells[0], []);
            models[cells[0]]
                .Add(
                    new JudgedRow(
                        preference,
                        int.Parse(cells[4], CultureInfo.InvariantCulture),
                        int.Parse(cells[5], CultureInfo.InvariantCulture)
                    )
                );
        }
        return models.ToDictionary(m => m.Key, m => m.Value.ToArray());
    }

    private static JsonNode Json(string name) =>
        JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "alpaca_eval", name)))!;
}
