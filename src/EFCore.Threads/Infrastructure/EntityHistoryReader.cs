using System.Data.Common;
using System.Reflection;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Infrastructure;

/// <summary>The history of an entity: its rows' histories, in the words of the model. Values go to SQLite and back as queries send and read them.</summary>
internal sealed class EntityHistoryReader(ThreadsConnection connection)
{
    public IReadOnlyList<EntityWrite> Of(EntityEntry entry)
    {
        var key = entry.Metadata.FindPrimaryKey() ?? throw new InvalidOperationException(Strings.HistoryWithoutKey(entry.Metadata.DisplayName()));
        return Of(entry.Metadata, [.. key.Properties.Select(p => entry.Property(p).CurrentValue)]);
    }

    public IReadOnlyList<EntityWrite> Of(IEntityType type, IReadOnlyList<object?> key)
    {
        var properties = type.FindPrimaryKey()?.Properties ?? throw new InvalidOperationException(Strings.HistoryWithoutKey(type.DisplayName()));
        if (properties.Count != key.Count)
        {
            throw new ArgumentException(Strings.HistoryKey(type.DisplayName(), string.Join(", ", properties.Select(p => p.Name)), key.Count));
        }

        var values = properties.Select((p, i) => (Property: p, Value: key[i])).ToDictionary(p => p.Property, p => p.Value);
        return [.. type.GetTableMappings().Select(m => m.Table).Distinct().SelectMany(t => Of(type, t, values)).OrderBy(w => w.Write.Time)];
    }

    private IEnumerable<EntityWrite> Of(IEntityType type, ITable table, Dictionary<IProperty, object?> key)
    {
        if (table.PrimaryKey is not { } primary)
        {
            return [];
        }

        var columns = primary.Columns.Select(c => c.FindColumnMapping(type)).ToArray();
        var stored = columns.Select(m => m is not null && key.TryGetValue(m.Property, out var value) ? Stored(m.TypeMapping, value) : throw new InvalidOperationException(Strings.HistoryWithoutKey(type.DisplayName()))).ToArray();
        return connection.Thread.History(table.Name, stored).Select(write =>
        {
            var column = write.Column is { } name ? table.FindColumn(name) : null;
            var mapping = column?.PropertyMappings.FirstOrDefault(m => m.Property.DeclaringType.ContainingEntityType.IsAssignableFrom(type) || type.IsAssignableFrom(m.Property.DeclaringType.ContainingEntityType))
                ?? (column is { PropertyMappings.Count: > 0 } ? column.PropertyMappings[0] : null);
            return new EntityWrite(write, mapping is null ? write.Column : Path(mapping.Property), Read(mapping, write.OldValue), Read(mapping, write.NewValue));
        });
    }

    private static string Path(IProperty property)
    {
        var path = property.Name;
        for (var type = property.DeclaringType; ;)
        {
            switch (type)
            {
                case IComplexType complex:
                    path = $"{complex.ComplexProperty.Name}.{path}";
                    type = complex.ComplexProperty.DeclaringType;
                    break;
                case IEntityType entity when entity.FindOwnership() is { PrincipalToDependent: { } navigation } ownership:
                    path = $"{navigation.Name}.{path}";
                    type = ownership.PrincipalEntityType;
                    break;
                default:
                    return path;
            }
        }
    }

    /// <summary>A property's value as a query sends it, and so as it is stored.</summary>
    public object? Stored(RelationalTypeMapping mapping, object? value)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT @value";
        command.Parameters.Add(mapping.CreateParameter(command, "@value", value, nullable: true));
        return command.ExecuteScalar() is var stored and not DBNull ? stored : null;
    }

    /// <summary>A stored value as the property has it; as it is stored where the property can't hold it, or where it is what an operation works with.</summary>
    private object? Read(IColumnMapping? column, object? stored)
    {
        if (stored is null || column is null)
        {
            return stored;
        }

        using var command = connection.CreateCommand();
        command.CommandText = "SELECT @value";
        command.Parameters.AddWithValue("@value", stored);
        using DbDataReader reader = command.ExecuteReader();
        reader.Read();
        var mapping = column.TypeMapping;
        try
        {
            var value = mapping.GetDataReaderMethod().Invoke(reader, [0]);
            return mapping.Converter is { } converter ? converter.ConvertFromProvider(Fitted(value, converter.ProviderClrType)) : Fitted(value, mapping.ClrType);
        }
        catch (Exception e) when (e is TargetInvocationException or InvalidCastException or FormatException or OverflowException or ArgumentException)
        {
            return stored;
        }
    }

    private static object? Fitted(object? value, Type type)
        => value is IConvertible && !type.IsInstanceOfType(value) && !type.IsEnum ? Convert.ChangeType(value, Nullable.GetUnderlyingType(type) ?? type, System.Globalization.CultureInfo.InvariantCulture) : value;
}
