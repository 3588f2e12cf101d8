"""Fails where the command alone is built with other features than the whole workspace: then the SDK is compiled twice.

Usage: features.py, at the top of the repository.
"""

import os
import subprocess
import sys


def features(*chosen):
    """Each crate with the features that it is built with."""
    tree = [os.environ.get("CARGO", "cargo"), "tree", "--locked", "--prefix", "none", "--format", "{p}|{f}", *chosen]
    lines = subprocess.run(tree, check=True, capture_output=True, text=True).stdout.splitlines()
    crates = {}
    for line in lines:
        crate, _, listed = line.removesuffix(" (*)").partition("|")
        crates.setdefault(crate.removesuffix(" (proc-macro)"), set()).update(filter(None, listed.split(",")))
    return crates


def main():
    command = features("--package", "tagmend-cli", "--edges", "normal,build")
    workspace = features("--workspace", "--edges", "normal,build,dev")
    different = {crate: workspace[crate] - has for crate, has in command.items() if workspace[crate] != has}
    for crate, lacks in sorted(different.items()):
        print(f"{crate}: the workspace has {', '.join(sorted(lacks))} besides; crates/cli/Cargo.toml may ask for it")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
