#!/usr/bin/env bash
# Runs every finding, or those whose name matches the pattern given, and says which still hold. Not part of CI.
set -uo pipefail
cd "$(dirname "$0")"
gone=0
for script in ${1:-*}.sh; do
  [ "$script" = check.sh ] && continue
  if output=$(./"$script" 2>&1); then
    echo "holds     ${script%.sh}"
  else
    gone=$((gone + 1))
    echo "NO LONGER ${script%.sh}"
    sed 's/^/          /' <<<"$output" | tail -n 15
  fi
done
echo "$gone no longer hold"
exit "$((gone > 0))"
