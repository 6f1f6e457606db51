namespace Simper;

/// <summary>
/// What an error message should say beside the error itself, carried by the exception: where a trained model is saved, which
/// folder the work was in, and what is left of work that was stopped.
/// </summary>
public static class ErrorNotes
{
    private const string ModelKey = "Simper.Model";
    private const string FolderKey = "Simper.Folder";
    private const string KeptKey = "Simper.Kept";

    /// <summary>Where the trained model was saved before the error; null where there is none.</summary>
    public static string? ModelOf(Exception error) => Find(error, ModelKey);

    /// <summary>The output folder in use; null where there was none.</summary>
    public static string? FolderOf(Exception error) => Find(error, FolderKey);

    /// <summary>Runs an action after a model was saved: an error thrown by it says where.</summary>
    public static T Model<T>(string path, Func<T> action) => Noted(ModelKey, path, action);

    /// <summary>Runs an action on a folder: an error thrown by it says which.</summary>
    public static T Folder<T>(string path, Func<T> action) => Noted(FolderKey, path, action);

    /// <summary>What is left of work that was stopped, in a sentence without a full stop; null for nothing.</summary>
    public static string? KeptOf(Exception error) => Find(error, KeptKey);

    /// <summary>Runs an action that can be stopped: its exception says what is left then.</summary>
    public static T Kept<T>(string what, Func<T> action) => Noted(KeptKey, what, action);

    /// <summary>The same for work that is awaited.</summary>
    public static async Task<T> KeptAsync<T>(string what, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (Add(e, KeptKey, what))
        {
            throw;
        }
    }

    private static T Noted<T>(string key, string value, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (Add(e, key, value))
        {
            throw;
        }
    }

    // Never true: the filter only annotates the exception, which keeps its stack.
    private static bool Add(Exception error, string key, string value)
    {
        error.Data[key] ??= value;
        return false;
    }

    private static string? Find(Exception? error, string key)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error.Data[key] is string value)
                return value;
        }
        return null;
    }
}
