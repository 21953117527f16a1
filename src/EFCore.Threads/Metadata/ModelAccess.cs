using System.Text.Json;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Metadata;

/// <summary>The lists that tables begin with, as models say it: from the annotation to the thread.</summary>
internal static class ModelAccess
{
    /// <summary>A group's name or *, and roles.</summary>
    public static string Write(IReadOnlyDictionary<ThreadPrincipal, ThreadRoles> grants)
        => JsonSerializer.Serialize(grants.OrderBy(g => g.Key.ToString(), StringComparer.Ordinal).ToDictionary(g => g.Key.ToString().TrimStart('@'), g => g.Value.ToString()));

    /// <exception cref="ArgumentException">The text is no such JSON.</exception>
    public static IReadOnlyDictionary<ThreadPrincipal, ThreadRoles> Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(text)!.ToDictionary(
                g => g.Key == ThreadPrincipal.Everybody.ToString() ? ThreadPrincipal.Everybody : ThreadPrincipal.Group(g.Key), g => Enum.Parse<ThreadRoles>(g.Value));
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NullReferenceException)
        {
            throw new ArgumentException(Strings.AccessList(text), nameof(text), e);
        }
    }

    /// <summary>Makes the lists of tables that never had one. In a raw thread, and by who is no admin, nothing.</summary>
    public static void Apply(IModel model, ThreadsConnection connection)
    {
        var lists = model.GetEntityTypes().Where(t => t[ThreadsAnnotationNames.Access] is string && t.GetTableName() is not null).DistinctBy(t => t.GetTableName()).ToList();
        if (lists.Count == 0 || connection.Access is not { IsControlled: true, IsAdmin: true })
        {
            return;
        }

        foreach (var type in lists.Where(t => HasTable(connection, t.GetTableName()!)))
        {
            connection.Access.RestrictOnce(type.GetTableName()!, Read((string)type[ThreadsAnnotationNames.Access]!));
        }
    }

    private static bool HasTable(ThreadsConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM threads_collections WHERE table_name = @table COLLATE NOCASE";
        command.Parameters.AddWithValue("@table", table);
        return (long)command.ExecuteScalar()! > 0;
    }
}
