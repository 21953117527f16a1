#!/usr/bin/env bash
# Builds both halves in Release and prints the table. Options go on to the program: --small, --rounds N, and names of groups.
set -eu
cd "$(dirname "$0")/../.."
dotnet build tests/Threads.Benchmarks -c Release -v q --nologo >/dev/null
dotnet build tests/Threads.Benchmarks.EfSqlite -c Release -v q --nologo >/dev/null

# For the cold start: our assemblies as .ci/pack puts them into the packages, and both programs with everything compiled ahead.
platform=$(dotnet --info | awk '/RID:/ {print $2; exit}')
release=tests/Threads.Benchmarks/bin/Release
rm -rf "$release/packages" && cp -r "$release/net10.0" "$release/packages"
compiled=$(mktemp -d)
trap 'rm -rf "$compiled"' EXIT
dotnet publish .ci/packages/ReadyToRun.csproj -c Release -r "$platform" -o "$compiled" -v q --nologo >/dev/null
cp "$compiled"/{EFCore.Threads,Threads.Data,Threads.Net}.dll "$release/packages"
for program in Threads.Benchmarks Threads.Benchmarks.EfSqlite; do
  dotnet publish tests/$program -c Release -r "$platform" --self-contained false -p:PublishReadyToRun=true -o tests/$program/bin/Release/published -v q --nologo >/dev/null
done
for folder in tests/Threads.Benchmarks/peers tests/Threads.Benchmarks/peers/text tests/Threads.Benchmarks/peers/libp2p; do
  if command -v npm >/dev/null && [ ! -d "$folder/node_modules" ]; then
    (cd "$folder" && npm ci --silent --no-audit --no-fund) || echo "npm ci failed in $folder: its libraries are left out" >&2
  fi
done
dotnet tests/Threads.Benchmarks/bin/Release/net10.0/Threads.Benchmarks.dll --table "$@"
