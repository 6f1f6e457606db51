using Simper;

namespace Simper.Text.Tests;

public sealed class SecretsTests
{
    // Put together, so that no scanner takes this file for a leak.
    private static readonly string Hub = "hf_" + new string('a', 34);
    private static readonly string Key = "sk-" + new string('b', 40);

    [Fact]
    public void Tokens_passwords_and_named_fields_are_masked()
    {
        foreach (
            (string text, string masked) in ((string, string)[])
                [
                    ($"token {Hub} of the hub", "token *** of the hub"),
                    ($"'{Key}'", "'***'"),
                    ("https://me:word@host/a?x=1", "https://***@host/a?x=1"),
                    ("https://host/a?x=1&token=abc&y=2", "https://host/a?x=1&token=***&y=2"),
                    ("https://host/a?X-Amz-Signature=abc", "https://host/a?X-Amz-Signature=***"),
                    ("""{"api_key":"abc","n":1}""", """{"api_key":"***","n":1}"""),
                    ("hub_token: abc", "hub_token: ***"),
                    ("wandb_api_key: 'a b'", "wandb_api_key: '***'"),
                    ("Authorization: Bearer abcdefgh", "Authorization: Bearer ***"),
                ]
        )
        {
            Assert.Equal(masked, Secrets.Masked(text));
            Assert.Equal(masked, Secrets.Masked(masked));
        }
    }

    [Theory]
    [InlineData("model_name_or_path: '/data/hf_models/sk-learn-base'")]
    [InlineData("""{"bos_token": "<s>", "eos_token": "</s>", "enable_thinking": false}""")]
    [InlineData("tokens_per_second: 5, sample_tokens: 96, max_new_tokens=5")]
    [InlineData("key: value, keys are given as --key value")]
    [InlineData("C:/Users/me@home/model, org/name@revision")]
    [InlineData("the password is part of no recipe")]
    public void What_is_no_secret_stays(string text) => Assert.Equal(text, Secrets.Masked(text));

    [Fact]
    public void What_the_environment_holds_as_a_secret_is_masked_wherever_it_is()
    {
        const string Name = "SIMPER_TEST_SECRETS_TOKEN";
        Environment.SetEnvironmentVariable(Name, "planted-in-environment");
        try
        {
            Assert.Equal("a***b", Secrets.Masked("aplanted-in-environmentb"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Name, null);
        }
    }
}
