using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Stores as parts of a model, beside its entities.</summary>
public static class ThreadsModelBuilderExtensions
{
    /// <summary>A key-value store with its table in the model: <c>context.Set&lt;KeyValue&gt;(name)</c> is its set, <c>context.KeyValues(name)</c> works on the same table.</summary>
    public static EntityTypeBuilder<KeyValue> KeyValueStore(this ModelBuilder modelBuilder, string name)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        var store = modelBuilder.SharedTypeEntity<KeyValue>(name);
        store.ToTable(name).HasKey(r => r.Key);
        store.Property(r => r.Key).ValueGeneratedNever();
        return store;
    }

    /// <summary>A store of documents without a schema with its table in the model: <c>context.Set&lt;StoredDocument&gt;(name)</c> is its set, <c>context.Documents(name)</c> works on the same table.</summary>
    public static EntityTypeBuilder<StoredDocument> DocumentStore(this ModelBuilder modelBuilder, string name)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        var store = modelBuilder.SharedTypeEntity<StoredDocument>(name);
        store.ToTable(name).HasKey(d => d.Key);
        store.Property(d => d.Key).ValueGeneratedNever();
        store.Property(d => d.Body).HasMerge(Merge.Json);
        return store;
    }

    /// <summary>A store of JSON documents with a key: <c>context.Documents&lt;T&gt;(name)</c> is its set.</summary>
    public static EntityTypeBuilder<Document<T>> DocumentStore<T>(this ModelBuilder modelBuilder, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        var store = modelBuilder.SharedTypeEntity<Document<T>>(name);
        store.ToTable(name).HasKey(d => d.Key);
        store.Property(d => d.Key).ValueGeneratedNever();
        store.ComplexProperty(d => d.Body, body => body.ToJson());
        return store;
    }
}
