using Simper.Models;

namespace Simper.Runs;

/// <summary>
/// Saves a trained model in its place, or elsewhere if necessary: hours of training are not lost to a full disk.
/// </summary>
internal static class ModelRescue
{
    /// <summary>Saves it.</summary>
    /// <returns>Where it is: the run's own folder, or a temporary one.</returns>
    /// <exception cref="SimperException">It could not be saved anywhere.</exception>
    public static string Save(LanguageModel model, RunFolder folder)
    {
        try
        {
            model.Save(folder.ModelPath);
            return folder.ModelPath;
        }
        catch (SimperException e)
        {
            // In a folder that only its user can open: everybody can look among the temporary files.
            string elsewhere = Path.Combine(Directory.CreateTempSubdirectory("simper-model-").FullName, "model");
            try
            {
                model.Save(elsewhere);
                return elsewhere;
            }
            catch (SimperException)
            {
                throw new SimperException(
                    $"{e.Message.TrimEnd('.')}. Among the temporary files ({Path.GetTempPath()}) there is no room for it "
                        + "either, so what was trained is lost; make room and run the recipe again.",
                    e
                );
            }
        }
    }
}
