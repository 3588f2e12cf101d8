"""Makes what a release holds, so that nobody needs a compiler to install it: the same input gives the same bytes.

    python tools/package FOLDER [ARCHITECTURE...]     # else arm64 and x86_64

For each architecture: the zips of both functions with their SBOM, and that of the command with its own. Besides, the template that takes the
zips by bucket and key, the template of member accounts, the schema of the baseline, and SHA256SUMS. It needs the standard
library of each architecture (`rustup target add aarch64-unknown-linux-gnu`); `cargo lambda` and zig, which compiles and
links for Linux, come with `make`. The input is the commit, the compiler and what `tests/requirements.txt` pins; the SBOM
names them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import archive
import elf
import sbom
import template

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
# Lambda's names of architectures, with the compiler's.
TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
# What is built at once shares what it links, and has one SBOM. The functions are built apart from the command: they are small
# first of all, and take neither its ways to credentials nor its other features.
BUILDS = {
    "functions": {"profile": "packaged", "programs": {"tagmend-heal": "heal", "tagmend-watch": "watch"}, "executable": "bootstrap"},
    "tagmend": {"profile": "release", "programs": {"tagmend-cli": "tagmend"}, "executable": "tagmend"},
}


def said(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def lacks(target):
    """Whether the standard library for this target is missing."""
    return not Path(said("rustc", "--print", "target-libdir", "--target", target)).is_dir()


def folders():
    """The folders of this machine that must not get into a program, with what stands there instead. Of those that a path begins
    with, the last counts."""
    instead = {
        str(ROOT): "/tagmend",
        str(BUILT): "/built",
        os.environ.get("CARGO_HOME", str(Path.home() / ".cargo")): "/cargo",
        said("rustc", "--print", "sysroot"): "/rust",
    }
    return {folder: name for folder, name in instead.items() if folder != name}


def environment():
    """With flags from here, `cargo lambda` adds none of its own, which ask for newer processors. A panic ends a program, so
    that tables for unwinding are of no use."""
    remapped = [f"--remap-path-prefix={folder}={name}" for folder, name in folders().items()]
    flags = [*remapped, "-Cforce-unwind-tables=no"]
    return {**os.environ, "RUSTFLAGS": " ".join(flags), "SOURCE_DATE_EPOCH": "315532800"}


def build(target, profile, programs):
    """The folder with the executables, and what Cargo said of each crate."""
    folder = BUILT / "programs" / target
    command = ["cargo", "lambda", "build", "--profile", profile, "--locked", "--target", target, "--lambda-dir", folder]
    command += ["--message-format", "json-render-diagnostics"]
    for package, binary in programs.items():
        command += ["--package", package, "--bin", binary]
    done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
    return folder, done.stdout


def made_with():
    zig = said(sys.executable, "-m", "ziglang", "version")
    return {"rustc": said("rustc", "--version"), "cargo-lambda": said("cargo", "lambda", "--version"), "zig": zig}


def package(out, architecture, name):
    target, programs = TARGETS[architecture], BUILDS[name]["programs"]
    folder, messages = build(target, BUILDS[name]["profile"], programs)
    for binary in programs.values():
        executable = (folder / binary / "bootstrap").read_bytes()
        for complaint in elf.complaints(executable, architecture, folders()):
            sys.exit(f"{binary} for {architecture} {complaint}")
        archive.write(out / f"{binary}-{architecture}.zip", {BUILDS[name]["executable"]: executable})
    document = sbom.of(ROOT, target, list(programs), made_with())
    differing = sbom.named(document) ^ sbom.compiled(messages, target)
    if differing:
        sys.exit(f"the SBOM of {name} names what was not compiled for {architecture}, or lacks it: {sorted(differing)}")
    (out / f"sbom-{name}-{architecture}.cdx.json").write_text(sbom.written(document))


def main(out, architectures):
    for architecture in architectures:
        if architecture not in TARGETS:
            sys.exit(f"`{architecture}` is no architecture of Lambda: {', '.join(TARGETS)}")
        if lacks(TARGETS[architecture]):
            sys.exit(f"the standard library for {architecture} is not here: rustup target add {TARGETS[architecture]}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for architecture in architectures:
        for name in BUILDS:
            package(out, architecture, name)
    version = sbom.version(ROOT)
    (out / "template.yaml").write_text(template.packaged((ROOT / "infra" / "template.yaml").read_text(), version))
    for name in ("member.yaml", "baseline.schema.json"):
        shutil.copyfile(ROOT / "infra" / name, out / name)
    archive.sums(out)
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:>10,}  {path.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:] or list(TARGETS))
