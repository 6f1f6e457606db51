// Trains with an objective that Simper does not have: simply hand it to the trainer ...
using Simper.Models;
using Simper.Objectives;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;

if (args is not [string modelPath, string pairsPath])
{
    Console.Error.WriteLine("usage: CustomObjective MODEL_FOLDER PAIRS.jsonl");
    return 2;
}
using LanguageModel policy = LanguageModel.Load(modelPath);
TokenizedDataset pairs = TokenizedDataset.Of(PreferenceDataset.Open(pairsPath), policy.Files.GroupTokenizer());
var trainer = new Trainer(policy, pairs, new SquaredMargin { Margin = 0.4 })
{
    LearningRate = 1e-4,
    PairsPerStep = 16,
    MaxSteps = 5,
};
foreach (StepReport step in trainer.Steps())
    Console.WriteLine($"{step.Number, 3}  loss {step.Loss:F4}  accuracy {step.RewardAccuracy:P1}");

// ... or give it to recipes by its name, and have runs, evaluation, logs and reports with it.
Recipe recipe = Recipe.Read(
    null,
    [("loss_type", "squared_margin"), ("margin", "0.4")],
    catalog: ObjectiveCatalog.Standard.With(SquaredMargin.Kind)
);
Console.WriteLine(recipe.Objective);
return 0;
