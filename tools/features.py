"""Fails where the command, or the functions, are built with other features than the tests: then the SDK is compiled twice.

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
    tests = features("--workspace", "--edges", "normal,build,dev")
    builds = {
        "the command alone": ("--package", "tagmend-cli", "--edges", "normal,build"),
        "programs without tests, as cargo-lambda builds them": ("--workspace", "--edges", "normal,build"),
    }
    is_alike = True
    for name, chosen in builds.items():
        for crate, has in sorted(features(*chosen).items()):
            lacks = tests[crate] - has
            if lacks:
                is_alike = False
                print(f"{name}: {crate} lacks {', '.join(sorted(lacks))}; crates/cli/Cargo.toml may ask for it")
    sys.exit(0 if is_alike else 1)


if __name__ == "__main__":
    main()
