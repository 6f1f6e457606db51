using TorchSharp;

Console.WriteLine(Simper.Tensors.NativeLibraries.Describe());
Console.WriteLine(torch.randn(4).ToString(TensorStringStyle.Numpy));
