#!/usr/bin/env bash
# Builds both halves in Release and prints the table. Options go on to the program: --small, --rounds N, and names of groups.
set -eu
cd "$(dirname "$0")/../.."
dotnet build tests/Threads.Benchmarks -c Release -v q --nologo >/dev/null
dotnet build tests/Threads.Benchmarks.EfSqlite -c Release -v q --nologo >/dev/null
for folder in tests/Threads.Benchmarks/peers tests/Threads.Benchmarks/peers/text; do
  if command -v npm >/dev/null && [ ! -d "$folder/node_modules" ]; then
    (cd "$folder" && npm ci --silent --no-audit --no-fund) || echo "npm ci failed in $folder: its libraries are left out" >&2
  fi
done
exec dotnet tests/Threads.Benchmarks/bin/Release/net10.0/Threads.Benchmarks.dll --table "$@"
