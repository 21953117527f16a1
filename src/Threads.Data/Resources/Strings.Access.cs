namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string AccessClose(string log) => Get("Access_Close", log);

    public static string AccessDenied(string role, string table, string key, string reason) => Get("Access_Denied", role, table, key, reason);

    public static string AccessGroup(string name) => Get("Access_Group", name);

    public static string AccessHead(string cid, string log) => Get("Access_Head", cid, log);

    public static string AccessNoList(string table) => Get("Access_NoList", table);

    public static string AccessNotAdmin(string peer) => Get("Access_NotAdmin", peer);

    public static string AccessOwner(string peer) => Get("Access_Owner", peer);

    public static string AccessPeer(string peer) => Get("Access_Peer", peer);

    public static string AccessRaw() => Get("Access_Raw");

    public static string AccessRoles(string roles) => Get("Access_Roles", roles);

    public static string AccessSenior(string peer) => Get("Access_Senior", peer);

    public static string AccessTable(string table) => Get("Access_Table", table);

    public static string CapabilityExpires(string expires) => Get("Capability_Expires", expires);

    public static string CapabilityIssuer(string peer) => Get("Capability_Issuer", peer);

    public static string CapabilityRule(int rule) => Get("Capability_Rule" + rule.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static string CapabilityText(string why) => Get("Capability_Text", why);

    public static string CapabilityWider(string path, string roles) => Get("Capability_Wider", path, roles);
}
