using Threads.Simulation.Model;

namespace Threads.Simulation.Schemas;

/// <summary>A relational schema, the migrations it goes through, and random transactions over it.</summary>
internal abstract class Schema
{
    public static IReadOnlyList<Schema> All { get; } = [new PlainSchema(), new ShopSchema(), new TallySchema(), new DocSchema()];

    public abstract string Name { get; }

    /// <summary>The statements of each version; version 0 makes the tables.</summary>
    public abstract IReadOnlyList<string[]> Versions { get; }

    /// <summary>The tables of a version as the model knows them.</summary>
    public abstract IReadOnlyList<TableModel> Tables(int version);

    /// <summary>One statement, right or wrong, as some application of this version might send it.</summary>
    public abstract string Statement(Chance chance, int version);
}
