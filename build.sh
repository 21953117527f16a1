#!/usr/bin/env bash
# The one entry point, the same for a person and for CI: restore, build, tests, packages, format, simulation seeds.
# Goes on after a step that failed, and ends by naming each with the command that shows it alone.
# Usage: ./build.sh [Debug|Release]   (default Debug)
set -u
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
configuration=${1:-Debug}
results=TestResults
failed=()

step() { # name, command
  local name=$1 from rc; shift
  printf '\n== %s: %s\n' "$name" "$*"
  from=$SECONDS; "$@"; rc=$?
  printf '== %s: %s after %d s\n' "$name" "$([ $rc = 0 ] && echo ok || echo "failed ($rc)")" $((SECONDS - from))
  [ $rc = 0 ] || failed+=("$name: $*")
  return $rc
}

rm -rf "$results"
.ci/interop
step restore dotnet restore Threads.EF.sln -v q &&
step build dotnet build Threads.EF.sln --no-restore -v q -c "$configuration" &&
step tests dotnet test Threads.EF.sln --no-build -c "$configuration" --logger trx --results-directory "$results" -v q
step packages .ci/packages/check
step format dotnet format whitespace . --folder --verify-no-changes --exclude TestResults
[ ! -d tests/Threads.Simulation ] || step simulation dotnet run --project tests/Threads.Simulation -c "$configuration" --no-build

.ci/summary "$results"; counted=$?
if [ ${#failed[@]} = 0 ] && [ $counted = 0 ]; then exit 0; fi
printf '\nFailed. To see one alone:\n'
[ ${#failed[@]} = 0 ] || printf '  %s\n' "${failed[@]}"
exit 1
