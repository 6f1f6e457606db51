// The README's program, with its paths from the command line.
using Simper.Models;
using Simper.Objectives;
using Simper.Text.Preferences;
using Simper.Training;

if (args is not [string model, string pairs, string aligned])
{
    Console.Error.WriteLine("usage: Library MODEL_FOLDER PAIRS.jsonl ALIGNED_FOLDER");
    return 2;
}
using var policy = LanguageModel.Load(model);
var (train, heldOut) = PreferenceDataset.Open(pairs).Split(0.05, seed: 7);
var groups = TokenizedDataset.Of(train, policy.Files.GroupTokenizer());
var trainer = new Trainer(policy, groups, new SimPer()) { LearningRate = 1e-5, PairsPerStep = 16 };
foreach (StepReport step in trainer.Steps())
    Console.WriteLine($"{step.Number, 5}  loss {step.Loss, 8:F4}  accuracy {step.RewardAccuracy, 6:P1}");
policy.Save(aligned);
return 0;
