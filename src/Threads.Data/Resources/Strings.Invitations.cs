namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string InvitationAddressed(string to) => Get("Invitation_Addressed", to);

    public static string InvitationAhead(string id) => Get("Invitation_Ahead", id);

    public static string InvitationBareTerms => Get("Invitation_BareTerms");

    public static string InvitationBase32 => Get("Invitation_Base32");

    public static string InvitationDamaged(string why) => Get("Invitation_Damaged", why);

    public static string InvitationExpired(string id) => Get("Invitation_Expired", id);

    public static string InvitationGroup(string name) => Get("Invitation_Group", name);

    public static string InvitationLong => Get("Invitation_Long");

    public static string InvitationRaw(string roles) => Get("Invitation_Raw", roles);

    public static string InvitationRoles(string roles) => Get("Invitation_Roles", roles);

    public static string InvitationTerms => Get("Invitation_Terms");

    public static string InvitationText(string thread, string inviter, string to) => Get("Invitation_Text", thread, inviter, to);

    public static string InvitationUnknown(string id) => Get("Invitation_Unknown", id);

    public static string InvitationUsedUp(string id) => Get("Invitation_UsedUp", id);

    public static string InvitationWithdrawn(string id) => Get("Invitation_Withdrawn", id);
}
