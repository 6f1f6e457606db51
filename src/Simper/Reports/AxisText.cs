using System.Globalization;

namespace Simper.Reports;

/// <summary>Numbers as axis labels.</summary>
internal static class AxisText
{
    /// <summary>At most five digits; thousands as k, millions as M; powers of ten for the very small.</summary>
    public static string Of(double value)
    {
        double size = Math.Abs(value);
        return size switch
        {
            < 1e-12 => "0",
            < 1e-3 => value.ToString("0.###e0", CultureInfo.InvariantCulture),
            < 1e4 => Math.Round(value, 5).ToString("0.#####", CultureInfo.InvariantCulture),
            < 1e6 => (value / 1e3).ToString("0.###", CultureInfo.InvariantCulture) + "k",
            < 1e9 => (value / 1e6).ToString("0.###", CultureInfo.InvariantCulture) + "M",
            _ => value.ToString("0.###e0", CultureInfo.InvariantCulture),
        };
    }
}
