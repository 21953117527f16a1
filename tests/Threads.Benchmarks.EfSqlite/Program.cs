using Threads.Benchmarks.Linq;

LinqWorker.Run(file: args[0], rows: int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
