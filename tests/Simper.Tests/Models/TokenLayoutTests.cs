using Simper.Kernels;
using Simper.Models;

namespace Simper.Tests.Models;

public class TokenLayoutTests
{
    [Fact]
    public void Both_answers_go_on_from_the_prompts_end()
    {
        TokenLayout layout = TokenLayout.Of((3, -1), (2, 0), (3, 0), (2, -1));
        Assert.Equal([0, 1, 2, 3, 4, 3, 4, 5, 0, 1], layout.Positions());
        Assert.Equal(10, layout.Tokens);
        Assert.Equal(5, layout.HighestPosition);
    }

    [Fact]
    public void A_segment_without_tokens_or_with_a_later_parent_is_refused()
    {
        Assert.Throws<ArgumentException>(() => TokenLayout.Of((0, -1)));
        Assert.Throws<ArgumentException>(() => TokenLayout.Of((1, 0)));
        Assert.Throws<ArgumentException>(() => TokenLayout.Of((1, -2)));
    }
}
