using System.Globalization;
using Threads.Benchmarks.Linq;

LinqWorker.Run(args[0], int.Parse(args[1], CultureInfo.InvariantCulture), args.ElementAtOrDefault(2), int.Parse(args.ElementAtOrDefault(3) ?? "5", CultureInfo.InvariantCulture));
