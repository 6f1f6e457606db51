using System.Text;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Gguf;
using Simper.Runs;
using Simper.Tensors;
using TorchSharp;

namespace Simper.Exports;

/// <summary>
/// Exports a model and proves the export: what was written is loaded again, scores rendered prompts and held-out pairs, and is
/// compared with the model, as are its tokenizer, chat templates and stop tokens. Only what holds gets its name; the report lies
/// beside it.
/// </summary>
public sealed class ModelExport
{
    /// <summary>The report's file name.</summary>
    public const string ReportName = "export.json";

    /// <summary>What describes a GGUF file to Ollama.</summary>
    public const string ModelfileName = "Modelfile";

    /// <summary>A model's folder, a .gguf file, an adapter in either form, or a run's folder.</summary>
    public required string Source { get; init; }

    /// <summary>Of an adapter: its model, where that is not at the place that the adapter names.</summary>
    public string? BasePath { get; init; }

    /// <summary>Whether the adapter itself is written, in llama.cpp's file, and not the model that it makes.</summary>
    public bool AdapterOnly { get; init; }

    /// <summary>The folder to write.</summary>
    public required string OutputDir { get; init; }

    /// <summary>What as.</summary>
    public required ExportFormat Format { get; init; }

    /// <summary>Pairs to compare by, in place of a run's held-out ones.</summary>
    public string? DatasetName { get; init; }

    /// <summary>At most how many pairs are scored.</summary>
    public int Pairs { get; init; } = 32;

    /// <summary>The tolerance, in place of the type's.</summary>
    public double? Tolerance { get; init; }

    /// <summary>Exports.</summary>
    /// <param name="say">Receives a line for each stage.</param>
    /// <param name="cancel">Stops between tensors and passes; nothing is left.</param>
    /// <returns>The report; where it does not hold, nothing was written but it, beside the folder.</returns>
    /// <exception cref="SimperException">The model cannot be read, cannot be exported like this, or there is no room.</exception>
    public ExportReport Run(Action<string>? say = null, CancellationToken cancel = default)
    {
        string path = RunFolder.ModelOf(Source);
        ExpectAdapter(path);
        ExpectApart(path);
        StagedFolder.ExpectReplaceable(System.IO.Path.GetFullPath(OutputDir), MayReplace);
        using var staged = new StagedFolder(OutputDir, MayReplace);
        try
        {
            IReadOnlyList<ExportProbe> probes;
            ProbeScores[] expected;
            ModelFiles files;
            WrittenExport written;
            ExportReport? report = null;
            using (LanguageModel model = Load(path, BasePath, cancel))
            {
                files = model.Files;
                var writer = new ExportWriter(model, Format, AdapterOnly, Name, cancel);
                probes =
                [
                    .. ExportProbes
                        .Of(model, Source, DatasetName, Pairs, cancel)
                        .Where(p => p.Ids.Length > 1)
                        .Select(p => p.Within(writer.Context)),
                ];
                say?.Invoke($"{probes.Count} sequences are scored by {path}");
                expected = Scores(model, probes, cancel);
                say?.Invoke($"writing {Format.Type}");
                written = writer.Write(staged);
                cancel.ThrowIfCancellationRequested();
                say?.Invoke("reading it again");
                if (AdapterOnly)
                {
                    using LanguageModel again = model.WithAdapter(System.IO.Path.Combine(staged.Folder, written.Name));
                    report = AdapterProof.Of(
                        Compare(again, files, probes, expected, written, cancel),
                        model.Adapter!,
                        again.Adapter!
                    );
                }
            }
            if (report is null)
            {
                using LanguageModel again = Load(System.IO.Path.Combine(staged.Folder, written.Name), basePath: null, cancel);
                report = Compare(again, files, probes, expected, written, cancel);
            }
            if (!report.Holds)
            {
                WholeFile.Write(OutputDir.TrimEnd('/') + ".export-failed.json", ReadableJson.Indented(report.ToJson()));
                return report;
            }
            staged.Write(ReportName, Encoding.UTF8.GetBytes(ReadableJson.Indented(report.ToJson())));
            staged.Commit();
            return report;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException(
                $"The model could not be exported to {OutputDir}: {FileFault.Sentence(e)}. What was there before is untouched.",
                e
            );
        }
    }

    private static LanguageModel Load(string path, string? basePath, CancellationToken cancel) =>
        LanguageModel.Load(path, Precision.Float32, trainable: false, basePath: basePath, cancel: cancel);

    private string Name
    {
        get
        {
            string name = System.IO.Path.GetFileName(Full(Source));
            return name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? name[..^".gguf".Length] : name;
        }
    }

    private ExportReport Compare(
        LanguageModel again,
        ModelFiles files,
        IReadOnlyList<ExportProbe> probes,
        ProbeScores[] expected,
        WrittenExport written,
        CancellationToken cancel
    )
    {
        ProbeScores[] got = Scores(again, probes, cancel);
        double[] differences = [.. expected.SelectMany((e, i) => e.LogProbs.Zip(got[i].LogProbs, (a, b) => Math.Abs(a - b)))];
        return new ExportReport
        {
            Format = Format,
            Path = System.IO.Path.Combine(OutputDir, written.Name),
            Bytes = written.Bytes,
            Types = written.Types,
            Notes = written.Notes,
            Sequences = probes.Count,
            Tokens = differences.Length,
            MeanDifference = differences.DefaultIfEmpty(double.NaN).Average(),
            LargestDifference = differences.DefaultIfEmpty(double.NaN).Max(),
            MeanDivergence = expected.Select((e, i) => e.DivergenceTo(got[i])).DefaultIfEmpty(double.NaN).Average(),
            SameBest = expected.Where((e, i) => e.Best == got[i].Best).Count(),
            AnswerDifference = probes
                .Select((p, i) => Math.Abs(Mean(expected[i], p) - Mean(got[i], p)))
                .DefaultIfEmpty(double.NaN)
                .Average(),
            Faults = [.. ExportedFiles.Faults(files, again.Files, probes)],
            Tolerance = Tolerance ?? Math.Max(Format.Tolerance, written.IsMerged ? ExportFormat.OfMerging : 0),
        };

        static double Mean(ProbeScores scores, ExportProbe probe) => scores.LogProbs.Skip(probe.From - 1).Average();
    }

    private static ProbeScores[] Scores(LanguageModel model, IReadOnlyList<ExportProbe> probes, CancellationToken cancel) =>
        [
            .. probes.Select(p =>
            {
                cancel.ThrowIfCancellationRequested();
                return ProbeScores.Of(model, p.Ids);
            }),
        ];

    private void ExpectAdapter(string path)
    {
        if (!AdapterOnly)
            return;
        if (Format.File is null)
            throw new SimperException("--adapter writes llama.cpp's file of an adapter: give --format gguf with it.");
        if (AdapterSource.Find(path) is null)
            throw new SimperException($"{Source} is no adapter; leave out --adapter to export it as a model.");
    }

    // An export replaces what is in its folder: that must not be what is exported.
    private void ExpectApart(string path)
    {
        if (
            (Full(path) + System.IO.Path.DirectorySeparatorChar).StartsWith(
                Full(OutputDir) + System.IO.Path.DirectorySeparatorChar,
                StringComparison.Ordinal
            )
        )
            throw new SimperException($"--output_dir {OutputDir} holds the model that is to be exported; give another folder.");
    }

    private static string Full(string path) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    private static bool MayReplace(string name) =>
        CheckpointWriter.IsOfSavedModel(name)
        || name is ReportName or ModelfileName
        || name.EndsWith(".gguf", StringComparison.Ordinal);
}
