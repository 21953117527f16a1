using System.Data;
using System.Data.Common;

namespace Threads.Data;

/// <content>Schema collections.</content>
public sealed partial class ThreadsConnection
{
    /// <summary>The list of schema collections.</summary>
    public override DataTable GetSchema() => GetSchema(DbMetaDataCollectionNames.MetaDataCollections);

    /// <summary>A schema collection: Tables, Views, Columns, Indexes, IndexColumns, ForeignKeys, ReservedWords …; tables of this library's own are not listed.</summary>
    /// <param name="collectionName">Its name, in any case.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public override DataTable GetSchema(string collectionName) => GetSchema(collectionName, []);

    /// <inheritdoc cref="GetSchema(string)"/>
    /// <param name="collectionName">Its name, in any case.</param>
    /// <param name="restrictionValues">What to list, in the order of the collection Restrictions; null for any.</param>
    public override DataTable GetSchema(string collectionName, string?[] restrictionValues)
    {
        ArgumentNullException.ThrowIfNull(collectionName);
        return SchemaCollections.Get(this, collectionName, restrictionValues ?? []);
    }
}
