using TorchSharp;
using static TorchSharp.torch;
using System.Diagnostics;
using Simper.Tensors;

using var ng = no_grad();
Console.WriteLine(Simper.Tensors.NativeLibraries.Describe());
foreach (var dt in new[] { ScalarType.Float32, ScalarType.BFloat16 })
foreach (int L in new[]{80, 250, 1000}) {
    using var sc = NewDisposeScope();
    int K=3,G=3,E=64;
    var q = randn(K,G,L,E).to(dt); var k = randn(K,1,L,E).to(dt).expand(K,G,L,E); var v = randn(K,1,L,E).to(dt).expand(K,G,L,E);
    Tensor[] f(Tensor q, Tensor k, Tensor v, bool causal) => Dispatcher.Call("aten::_scaled_dot_product_flash_attention_for_cpu","",2,q,k,v,0.0,causal,Dispatcher.Argument.None,Dispatcher.Argument.Optional(0.125));
    var r = f(q,k,v,true);
    Console.WriteLine($"{dt} out {string.Join(',',r[0].shape)} {string.Join(',',r[0].stride())} lse {string.Join(',',r[1].shape)} {r[1].dtype} str {string.Join(',',r[1].stride())}");
    // reference
    var qf=q.@float(); var kf=k.@float(); var vf=v.@float();
    var s = qf.matmul(kf.transpose(-1,-2)).mul(0.125f); var mask = ones(L,L).tril().to_type(ScalarType.Bool); s = s.masked_fill(mask.logical_not(), float.NegativeInfinity);
    var o = s.softmax(-1).matmul(vf);
    Console.WriteLine($"  err {(o-r[0].@float()).abs().max().item<float>()} lse err {(s.logsumexp(-1)-r[1].reshape(K,G,L)).abs().max().item<float>()}");
    var go = randn(K,G,L,E).to(dt);
    Tensor[] b() => Dispatcher.Call("aten::_scaled_dot_product_flash_attention_for_cpu_backward","",3,go,q,k,v,r[0],r[1],0.0,true,Dispatcher.Argument.None,Dispatcher.Argument.Optional(0.125));
    var g = b();
    Console.WriteLine($"  gk {string.Join(',',g[1].shape)} {string.Join(',',g[1].stride())} {g[1].dtype} gq str {string.Join(',',g[0].stride())}");
    for (int rep=0; rep<2; rep++) { var sw=Stopwatch.StartNew(); int n=20; for(int i=0;i<n;i++) foreach (var t in f(q,k,v,true)) t.Dispose(); var t1=sw.Elapsed.TotalMilliseconds/n; sw.Restart(); for(int i=0;i<n;i++) foreach(var t in b()) t.Dispose(); Console.WriteLine($"  fwd {t1:F3} ms bwd {sw.Elapsed.TotalMilliseconds/n:F3} ms"); }
}
