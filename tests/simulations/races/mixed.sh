#!/bin/sh
# Plays the races with a mixed pair of builds: every second function is of the earlier commit. Copies this tree and
# that commit below target/mixed, because one lock file cannot name two packages of one name and version.
set -eu
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
COMMIT=f605887
if ! git cat-file -e "$COMMIT^{commit}" 2>/dev/null; then
    echo "commit $COMMIT is not in this clone; this needs the whole history: git fetch --unshallow" >&2
    exit 1
fi
TARGET=$(realpath -m "${CARGO_TARGET_DIR:-target}")
FOLDER=$TARGET/mixed
rm -rf "$FOLDER"
mkdir -p "$FOLDER/now" "$FOLDER/before"
git ls-files -z | tar -c --null --files-from=- | tar -x -C "$FOLDER/now"
git archive "$COMMIT" Cargo.toml crates events/baseline.json | tar -x -C "$FOLDER/before"
sed -i -e 's/^version = "0.1.0"/version = "0.0.1"/' \
    -e 's|^members = .*|members = ["crates/iam-policy", "crates/diagnosis", "crates/remedy"]|' "$FOLDER/before/Cargo.toml"
sed -i '/^\[dev-dependencies\]/i \
before-diagnosis = { path = "../../before/crates/diagnosis", package = "tagmend-diagnosis" }\
before-remedy = { path = "../../before/crates/remedy", package = "tagmend-remedy" }\
' "$FOLDER/now/tests/Cargo.toml"
cd "$FOLDER/now"
BASELINE_BEFORE=$FOLDER/before/events/baseline.json CARGO_TARGET_DIR=$TARGET \
    "${CARGO:-cargo}" test --quiet --workspace --profile races --features tagmend-tests/mixed \
    --test simulations -- races:: --nocapture
