using System.Globalization;
using System.Text.Json;
using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>A step of a path: a member by name, or the element of an array whose member <see cref="Member"/> has the value <see cref="Id"/>.</summary>
internal sealed record JsonStep(string Member, JsonTree? Id)
{
    private readonly string? _id = Id is null ? null : IdOf(Id);

    /// <summary>What tells elements apart: a string or a number, numbers that are equal alike. Null: nothing that could.</summary>
    public static string? IdOf(JsonTree? value)
    {
        if (value is null || value.Kind is not (JsonValueKind.String or JsonValueKind.Number))
        {
            return null;
        }

        if (value.Kind == JsonValueKind.String)
        {
            return "s" + value.Text;
        }

        if (long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return integer.ToString(CultureInfo.InvariantCulture);
        }

        using var writer = new CborWriter(32);
        JsonIpld.Write(writer, value, asIdentity: true);
        var reader = new CborReader(writer.WrittenSpan);
        return reader.Peek() == CborKind.Integer ? reader.ReadInt64().ToString(CultureInfo.InvariantCulture) : "x" + Convert.ToHexString(writer.WrittenSpan);
    }

    public static JsonStep[]? TryReadPath(ref CborReader reader)
    {
        if (reader.Peek() != CborKind.Array || reader.ReadArray() is not (<= JsonPatch.MaxSteps and var count))
        {
            return null;
        }

        var path = new JsonStep[count];
        for (var i = 0; i < count; i++)
        {
            if (reader.Peek() == CborKind.Text)
            {
                path[i] = new JsonStep(reader.ReadText(), null);
                continue;
            }

            if (reader.Peek() != CborKind.Array || reader.ReadArray() != 2 || reader.Peek() != CborKind.Text)
            {
                return null;
            }

            var member = reader.ReadText();
            if (JsonIpld.Read(ref reader) is not { } id || IdOf(id) is null)
            {
                return null;
            }

            path[i] = new JsonStep(member, id);
        }

        return path;
    }

    public void Write(CborWriter writer)
    {
        if (Id is null)
        {
            writer.WriteText(Member);
            return;
        }

        writer.StartArray(2);
        writer.WriteText(Member);
        JsonIpld.Write(writer, Id);
    }

    public JsonTree? Find(JsonTree at) => _id is null
        ? at.Kind == JsonValueKind.Object ? at.Members.GetValueOrDefault(Member) : null
        : at.Kind == JsonValueKind.Array && JsonElements.IndexOf(at.Items, Member, _id) is >= 0 and var index ? at.Items[index] : null;

    public void Set(JsonTree at, JsonTree value)
    {
        if (_id is null && at.Kind == JsonValueKind.Object)
        {
            at.Members[Member] = value;
        }
        else if (_id is not null && at.Kind == JsonValueKind.Array && JsonElements.IndexOf(at.Items, Member, _id) is >= 0 and var index)
        {
            at.Items[index] = value;
        }
    }

    public void Remove(JsonTree at)
    {
        if (_id is null && at.Kind == JsonValueKind.Object)
        {
            at.Members.Remove(Member);
        }
        else if (_id is not null && at.Kind == JsonValueKind.Array && JsonElements.IndexOf(at.Items, Member, _id) is >= 0 and var index)
        {
            at.Items.RemoveAt(index);
        }
    }
}
