#!/bin/sh
# Puts the sources of commit f605887 beside the bench, which is measured against them. Their version is lowered, as
# one lock file cannot name two packages of one name and version.
set -eu
cd "$(dirname "$0")"
COMMIT=f605887
if ! git cat-file -e "$COMMIT^{commit}" 2>/dev/null; then
    echo "commit $COMMIT is not in this clone; make bench needs the whole history: git fetch --unshallow" >&2
    exit 1
fi
test "$(cat target/before/commit 2>/dev/null)" = "$COMMIT" && exit
rm -rf target/before
mkdir -p target/before
git -C "$(git rev-parse --show-toplevel)" archive "$COMMIT" Cargo.toml crates | tar -x -C target/before
# Only what is measured: cargo looks for every member.
sed -e 's/^version = "0.1.0"/version = "0.0.1"/' \
    -e 's|^members = .*|members = ["crates/iam-policy", "crates/diagnosis"]|' target/before/Cargo.toml >target/before/new
mv target/before/new target/before/Cargo.toml
echo "$COMMIT" >target/before/commit
