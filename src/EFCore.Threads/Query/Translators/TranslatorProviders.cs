using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary>Methods that have a counterpart in SQL.</summary>
internal sealed class ThreadsMethodCallTranslatorProvider : RelationalMethodCallTranslatorProvider
{
    public ThreadsMethodCallTranslatorProvider(RelationalMethodCallTranslatorProviderDependencies dependencies)
        : base(dependencies)
    {
        var sql = dependencies.SqlExpressionFactory;
        AddTranslators(
        [
            new StringTranslator(sql), new MathTranslator(sql), new ConvertTranslator(sql), new FunctionsTranslator(sql),
            new TemporalMethodTranslator(sql, dependencies.RelationalTypeMappingSource),
        ]);
    }
}

/// <summary>Properties that have a counterpart in SQL.</summary>
internal sealed class ThreadsMemberTranslatorProvider : RelationalMemberTranslatorProvider
{
    public ThreadsMemberTranslatorProvider(RelationalMemberTranslatorProviderDependencies dependencies, IRelationalTypeMappingSource types)
        : base(dependencies)
        => AddTranslators([new StringTranslator(dependencies.SqlExpressionFactory), new TemporalMemberTranslator(dependencies.SqlExpressionFactory, types)]);
}

/// <summary>Aggregates that SQLite lacks or gets wrong.</summary>
internal sealed class ThreadsAggregateTranslatorProvider : RelationalAggregateMethodCallTranslatorProvider
{
    public ThreadsAggregateTranslatorProvider(RelationalAggregateMethodCallTranslatorProviderDependencies dependencies)
        : base(dependencies)
        => AddTranslators(
            [new NumericAggregateTranslator(dependencies.SqlExpressionFactory), new StringAggregateTranslator(dependencies.SqlExpressionFactory)]);
}
