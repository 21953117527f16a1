using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Threads.Architecture.Tests;

/// <summary>What an assembly offers, one line a member, sorted: small enough to read as a diff when a change moves it. Overrides are not listed.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
    };

    public static IReadOnlyList<string> Of(Assembly assembly)
        => [.. assembly.GetTypes().Where(IsSeen).SelectMany(Lines).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Lines(Type type)
    {
        yield return $"{Name(type)}: {Kind(type)}{Bases(type)}";
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield return $"{Name(type)}({Parameters(type.GetMethod("Invoke")!)}) -> {Name(type.GetMethod("Invoke")!.ReturnType)}";
            yield break;
        }

        foreach (var member in type.GetMembers(Declared).Where(m => m.GetCustomAttribute<CompilerGeneratedAttribute>() is null || m is MethodBase { IsSpecialName: false }))
        {
            if (Describe(member) is { } text)
                yield return $"{Name(type)}.{text}";
        }
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } c when IsSeen(c) => $".ctor({Parameters(c)})",
        MethodInfo m when IsSeen(m) && !IsAccessor(m) && !IsOverride(m) && !m.Name.Contains('<')
            => $"{Static(m)}{m.Name}{Generics(m)}({Parameters(m)}) -> {Annotated(m.ReturnParameter)}",
        PropertyInfo p when p.GetAccessors(true).Where(IsSeen).ToArray() is { Length: > 0 } a && !a.All(IsOverride) => DescribeProperty(p),
        FieldInfo { IsSpecialName: false } f when f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly => DescribeField(f),
        EventInfo e when e.AddMethod is { } add && IsSeen(add) && !IsOverride(add) => $"{Static(add)}event {e.Name}: {Name(e.EventHandlerType!)}",
        _ => null,
    };

    private static string DescribeProperty(PropertyInfo property)
    {
        var index = property.GetIndexParameters();
        var accessors = (property.GetMethod is { } g && IsSeen(g) ? "get; " : "")
            + (property.SetMethod is { } s && IsSeen(s) ? (IsInit(s) ? "init; " : "set; ") : "");
        var name = index.Length == 0 ? property.Name : $"this[{string.Join(", ", index.Select(Parameter))}]";
        var nullable = new NullabilityInfoContext().Create(property);
        var read = property.CanRead ? nullable.ReadState : nullable.WriteState;
        return $"{Static(property.GetAccessors(true)[0])}{name} {{ {accessors}}}: {Name(property.PropertyType)}{Mark(property.PropertyType, read)}";
    }

    private static string DescribeField(FieldInfo field)
    {
        if (field.DeclaringType!.IsEnum)
            return $"{field.Name} = {Convert.ToString(Convert.ChangeType(field.GetRawConstantValue(), Enum.GetUnderlyingType(field.DeclaringType), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)}";
        var kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        var value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue())}" : "";
        return $"{kind}{field.Name}: {Name(field.FieldType)}{value}";
    }

    private static string Kind(Type type)
        => type.IsEnum ? "enum" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsValueType ? (type.GetCustomAttribute<IsReadOnlyAttribute>() is null ? "struct" : "readonly struct")
            : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class";

    private static string Bases(Type type)
    {
        if (type.IsEnum || typeof(Delegate).IsAssignableFrom(type))
            return "";
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var all = new[] { type.BaseType }.Where(b => b is not null && b != typeof(object) && b != typeof(ValueType))
            .Concat(type.GetInterfaces().Except(inherited).Where(i => i.IsVisible)).Select(t => Name(t!));
        return string.Join(", ", all) is { Length: > 0 } text ? " : " + text : "";
    }

    private static string Parameters(MethodBase method)
        => (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
        => (parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "") + Annotated(parameter) + " " + parameter.Name
            + (parameter.HasDefaultValue ? " = " + Default(parameter) : "");

    private static string Annotated(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var by = !type.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        var bare = type.IsByRef ? type.GetElementType()! : type;
        var nullability = new NullabilityInfoContext().Create(parameter);
        return by + Name(bare) + Mark(bare, nullability.ReadState == NullabilityState.Unknown ? nullability.WriteState : nullability.ReadState);
    }

    private static string Mark(Type type, NullabilityState state) => !type.IsValueType && state == NullabilityState.Nullable ? "?" : "";

    private static string Default(ParameterInfo parameter)
        => parameter is { RawDefaultValue: null, ParameterType.IsValueType: true } && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default"
            : parameter is { RawDefaultValue: { } value, ParameterType.IsEnum: true } ? Enum.ToObject(parameter.ParameterType, value).ToString()!
            : Literal(parameter.RawDefaultValue);

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool b => b ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (type.IsByRef || type.IsPointer)
            return Name(type.GetElementType()!) + (type.IsByRef ? "&" : "*");
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Name(inner) + "?";
        if (type.IsGenericParameter)
            return type.Name;
        var own = type.Name.Split('`')[0];
        var outer = type.IsNested ? Name(type.DeclaringType!) + "." : type.Namespace!.StartsWith("System", StringComparison.Ordinal) ? "" : type.Namespace + ".";
        var arguments = type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0).ToArray();
        return outer + own + (arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>");
    }

    private static string Generics(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false, DeclaringType.IsSealed: false } ? "virtual " : "";

    private static bool IsSeen(Type type) => type.IsVisible && !type.Name.Contains('<');

    private static bool IsSeen(MethodBase method) => method.IsPublic || (method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
}
