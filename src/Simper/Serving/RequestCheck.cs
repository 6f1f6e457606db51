namespace Simper.Serving;

/// <summary>Refuses requests that could never be answered.</summary>
internal static class RequestCheck
{
    /// <exception cref="SimperException">Why not.</exception>
    public static void Expect(GenerationRequest request, int vocabulary, int longest)
    {
        request.Sampling.Validate();
        int length = request.Prompt.Count;
        int most = request.MaxTokens > 0 ? longest - 1 : longest;
        if (length == 0)
            throw new SimperException("The prompt is empty; give it at least one token.");
        if (length > most)
            throw new SimperException(
                $"The prompt has {length} tokens; there is room for {longest}, its answer included. Shorten it."
            );
        foreach (int id in request.Prompt)
            ExpectKnown(id, "The prompt");
        foreach (int id in request.StopIds ?? [])
            ExpectKnown(id, "The list of stop tokens");
        foreach (int id in request.Sampling.LogitBias.Keys)
            ExpectKnown(id, "logit_bias");
        Expect(request.MaxTokens >= 0, "The number of new tokens", request.MaxTokens, "0 or more");
        Expect(request.Samples is >= 1 and <= 128, "The number of samples", request.Samples, "between 1 and 128");
        Expect(request.LogProbs is null or (>= 0 and <= 1000), "The number of log-probs", request.LogProbs, "between 0 and 1000");
        if (request.ScoresPrompt && request.LogProbs is null)
            throw new SimperException(
                "The prompt's log-probs are wanted, but no log-probs; say how many likely tokens to report."
            );

        void ExpectKnown(int id, string where)
        {
            if (id < 0 || id >= vocabulary)
                throw new SimperException($"{where} has the token id {id}; the model knows ids from 0 to {vocabulary - 1}.");
        }

        static void Expect(bool holds, string name, int? value, string wanted)
        {
            if (!holds)
                throw new SimperException($"{name} is {value}; it has to be {wanted}.");
        }
    }
}
