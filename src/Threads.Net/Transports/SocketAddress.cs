using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Threads.Data.Identity;
using Threads.Net.Resources;

namespace Threads.Net.Transports;

/// <summary>Host, port and the steps behind them, of a multiaddress such as <c>/ip4/127.0.0.1/tcp/4006/ws</c>.</summary>
/// <param name="Host">An IP address in text, or a name.</param>
/// <param name="Port">TCP.</param>
/// <param name="Family">Which kind of address a name may resolve to; unspecified for either.</param>
/// <param name="Rest">The steps between the port and <c>/p2p</c>.</param>
internal sealed record SocketAddress(string Host, int Port, AddressFamily Family, IReadOnlyList<string> Rest)
{
    public static SocketAddress? TryRead(Multiaddress address)
    {
        var parts = address.Parts;
        if (parts.Count < 2 || parts[1].Protocol != "tcp" || parts[0].Value is not { } host || parts[1].Value is not { } port)
        {
            return null;
        }

        AddressFamily? family = parts[0].Protocol switch
        {
            "ip4" or "dns4" => AddressFamily.InterNetwork,
            "ip6" or "dns6" => AddressFamily.InterNetworkV6,
            "dns" => AddressFamily.Unspecified,
            _ => null,
        };
        if (family is null || parts.Any(p => p.Protocol == "p2p-circuit"))
        {
            return null;
        }

        var rest = parts.Skip(2).TakeWhile(p => p.Protocol is not ("p2p" or "thread" or "log")).Select(p => p.Protocol).ToArray();
        return new(host, int.Parse(port, CultureInfo.InvariantCulture), family.Value, rest);
    }

    /// <summary>The IP addresses it stands for; a name is resolved.</summary>
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(Host, out var ip))
        {
            return [ip];
        }

        try
        {
            return await Dns.GetHostAddressesAsync(Host, Family, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.DialFailed, Strings.NameNotResolved(Host, e.Message), e);
        }
    }

    /// <summary>The multiaddress of an end point, with steps behind it.</summary>
    public static Multiaddress ToMultiaddress(IPEndPoint endPoint, string rest = "")
    {
        var ip = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        var kind = ip.AddressFamily == AddressFamily.InterNetwork ? "ip4" : "ip6";
        return Multiaddress.Parse(string.Create(CultureInfo.InvariantCulture, $"/{kind}/{new IPAddress(ip.GetAddressBytes())}/tcp/{endPoint.Port}{rest}"));
    }

    /// <summary>The end point itself, or, for an unspecified one, one for each interface of the machine.</summary>
    public static IReadOnlyList<IPEndPoint> Expand(IPEndPoint endPoint)
    {
        if (!endPoint.Address.Equals(IPAddress.Any) && !endPoint.Address.Equals(IPAddress.IPv6Any))
        {
            return [endPoint];
        }

        return [.. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up || i.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(a => a.Address.AddressFamily == endPoint.AddressFamily && !a.Address.IsIPv6LinkLocal)
            .Select(a => new IPEndPoint(a.Address, endPoint.Port))];
    }
}
