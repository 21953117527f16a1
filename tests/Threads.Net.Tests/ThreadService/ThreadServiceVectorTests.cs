using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Threads.Data.Identity;
using Threads.Net.Protobuf.ThreadService;
using Threads.Net.ThreadService;

namespace Threads.Net.Tests.ThreadService;

/// <summary>Messages of net.pb.Service, byte for byte (threads-net-messages.json, threads-edges.json).</summary>
public sealed class ThreadServiceVectorTests
{
    [SkippableFact]
    public void Messages_are_written_and_read_as_go_threads_does()
    {
        foreach (var vector in Vectors("threads-net-messages.json")["messages"]!.AsArray())
        {
            var descriptor = ThreadServiceReflection.Descriptor.FindTypeByName<MessageDescriptor>((string)vector!["type"]!);
            var message = Build(descriptor, vector["value"]!.AsObject());
            Assert.Equal((string)vector["bytes"]!, Convert.ToHexStringLower(message.ToByteArray()));
            Assert.Equal((string)vector["grpcFrame"]!, Convert.ToHexStringLower(Grpc.Frame(message)));
            Assert.Equal(message, descriptor.Parser.ParseFrom(vector.Bytes("bytes")));
        }
    }

    [SkippableFact]
    public async Task Bytes_that_are_no_request_are_refused_and_what_must_be_skipped_is()
    {
        var calls = new ThreadServiceCalls(default, _ => null, (_, _) => { });
        foreach (var vector in Vectors("threads-net-messages.json")["bad"]!.AsArray().Where(v => ((string)v!["type"]!).EndsWith("Request", StringComparison.Ordinal)))
        {
            var method = ((string)vector!["type"]!)[..^"Request".Length];
            var error = await Assert.ThrowsAsync<GrpcException>(() => calls.AnswerAsync(method, vector.Bytes("bytes"), new Caller(default), CancellationToken.None));

            // What can be read is answered: the thread is not here.
            var expected = (string)vector["expected"]! == "refused" ? GrpcStatus.InvalidArgument : GrpcStatus.NotFound;
            Assert.True(expected == error.Status, $"{vector["type"]} {vector["name"]}: {error.Status}");
        }
    }

    [SkippableFact]
    public void Edges_travel_as_plain_varints()
    {
        var edges = Vectors("threads-edges.json");
        foreach (var vector in edges["heads"]!.AsArray().Concat(edges["addresses"]!.AsArray()))
        {
            var message = new ExchangeEdgesRequest.Types.Body.Types.ThreadEntry { HeadsEdge = ulong.Parse((string)vector!["edge"]!, System.Globalization.CultureInfo.InvariantCulture) };
            Assert.Equal("18" + (string)vector["edgeVarint"]!, Convert.ToHexStringLower(message.ToByteArray()));
        }
    }

    private static JsonNode Vectors(string file) => JsonNode.Parse(File.ReadAllText(SharedFolder.Path("vectors", file)))!;

    private static IMessage Build(MessageDescriptor descriptor, JsonObject value)
    {
        var message = descriptor.Parser.ParseFrom([]);
        foreach (var (name, content) in value)
        {
            var field = descriptor.FindFieldByName(name) ?? throw new InvalidDataException($"{descriptor.Name} has no field {name}");
            if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                foreach (var item in content!.AsArray())
                {
                    list.Add(One(field, item!));
                }
            }
            else if (content is not null)
            {
                field.Accessor.SetValue(message, One(field, content));
            }
        }

        return message;
    }

    private static object One(FieldDescriptor field, JsonNode value) => field.FieldType switch
    {
        FieldType.Message => Build(field.MessageType, value.AsObject()),
        FieldType.Bytes => ByteString.CopyFrom(Convert.FromHexString((string)value!)),
        FieldType.Int64 => long.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture),
        FieldType.UInt64 => ulong.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture),
        FieldType.Int32 => int.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture),
        FieldType.Bool => (bool)value,
        _ => throw new InvalidDataException($"{field.FieldType} in a vector"),
    };
}
