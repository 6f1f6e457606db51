using Simper.Tensors;
using Simper.Tests.Toys;

namespace Simper.Tests.Tensors;

public class AtenTests
{
    [Fact]
    public void The_self_test_passes_and_leaves_no_tensor_behind() => Live.ExpectNoneLeft(Aten.SelfTest);
}
