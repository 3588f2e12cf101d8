#!/usr/bin/env bash
# Makes the package once more, from a copy of what Git knows in a folder of another name and length, and compares all bytes.
# The rest of the machine is the same: compiler, Cargo's registry, zig.
set -euo pipefail
cd "$(dirname "$0")/../.."
copy=$(mktemp -d)/a-folder-of-another-name
trap 'rm -rf "$(dirname "$copy")"' EXIT
mkdir "$copy"
git ls-files -z | xargs -0 cp --parents --target-directory "$copy"
(unset CARGO_TARGET_DIR && cd "$copy" && python3 tools/package dist "$@")
diff --recursive --brief dist "$copy/dist"
echo "the same bytes, made in $copy"
