// SQLite knows one virtual disk in a process, so one world at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
