using Simper.Kernels;
using Simper.Models;

namespace Simper.Batching;

/// <summary>
/// Token sequences merged so that a common prefix is stored once: a radix tree whose nodes become the segments of a
/// <see cref="TokenLayout"/>. Accidental common prefixes, shorter than <see cref="LeastShared"/> tokens, are not worth a segment
/// of their own and are stored twice.
/// </summary>
internal sealed class SegmentTree
{
    /// <summary>Fewer common tokens than this are not shared, unless a sequence continues exactly where another ends.</summary>
    public const int LeastShared = 16;

    private readonly Node _root = new([], null);

    /// <summary>The end of a sequence, from which other sequences may continue.</summary>
    public Node Root => _root;

    /// <summary>
    /// Appends tokens to a node and returns the node that ends with the last of them (the same node, if there are none).
    /// </summary>
    public Node Add(Node from, ReadOnlySpan<int> ids)
    {
        while (ids.Length > 0)
        {
            Node? best = null;
            int common = 0;
            foreach (Node child in from.Children)
            {
                int same = child.Ids.AsSpan().CommonPrefixLength(ids);
                if (same > common)
                    (best, common) = (child, same);
            }
            bool isWorthIt = best is not null && (common >= LeastShared || common == best.Ids.Length);
            if (!isWorthIt)
                return from.NewChild(ids.ToArray());
            from = common < best!.Ids.Length ? best.SplitAt(common) : best;
            ids = ids[common..];
        }
        return from;
    }

    /// <summary>The layout, and the ids of its axis. From then on each node knows its place.</summary>
    public (long[] Ids, TokenLayout Layout) LayOut()
    {
        var ids = new List<long>();
        var segments = new List<(int, int)>();
        var open = new Stack<Node>();
        PushChildren(_root);
        while (open.TryPop(out Node? node))
        {
            (node.Segment, node.Start) = (segments.Count, ids.Count);
            segments.Add((node.Ids.Length, node.Parent == _root ? -1 : node.Parent!.Segment));
            foreach (int id in node.Ids)
                ids.Add(id);
            PushChildren(node);
        }
        return ([.. ids], TokenLayout.Of([.. segments]));

        void PushChildren(Node node)
        {
            for (int i = node.Children.Count - 1; i >= 0; i--)
                open.Push(node.Children[i]);
        }
    }

    /// <summary>
    /// A run of tokens with its parent and children. A node that is split keeps its end, so that a reference to it stays the end
    /// of its sequence.
    /// </summary>
    internal sealed class Node(int[] ids, Node? parent)
    {
        public int[] Ids { get; private set; } = ids;

        public Node? Parent { get; private set; } = parent;

        public List<Node> Children { get; } = [];

        public int Segment { get; set; }

        public int Start { get; set; }

        public Node NewChild(int[] childIds)
        {
            var child = new Node(childIds, this);
            Children.Add(child);
            return child;
        }

        /// <summary>
        /// Splits off the first <paramref name="length"/> tokens into a new parent of this node, and returns it.
        /// </summary>
        public Node SplitAt(int length)
        {
            var upper = new Node(Ids[..length], Parent);
            Parent!.Children[Parent.Children.IndexOf(this)] = upper;
            upper.Children.Add(this);
            (Ids, Parent) = (Ids[length..], upper);
            return upper;
        }

        /// <summary>Places on the axis of the last <paramref name="count"/> tokens of the sequence that ends here.</summary>
        public int[] Places(int count)
        {
            var places = new int[count];
            for (Node node = this; count > 0; node = node.Parent!)
            {
                for (int i = node.Ids.Length - 1; i >= 0 && count > 0; i--)
                    places[--count] = node.Start + i;
            }
            return places;
        }
    }
}
