"""Makes what a release holds, so that nobody needs a compiler to install it: the same input gives the same bytes.

    python tools/package [FOLDER]     # else dist

For each architecture whose standard library is installed (`rustup target add aarch64-unknown-linux-gnu`): the zips of
both functions, that of the command, and an SBOM. Besides, the template that takes the zips by bucket and key, the template
of member accounts, the schema of the baseline, and SHA256SUMS. `cargo lambda` and its linker come with `make`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import archive
import sbom
import template

ROOT = Path(__file__).resolve().parents[2]
# Lambda's names of architectures, with the compiler's.
TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
# Package, binary, and the name of the executable in its zip: Lambda starts `bootstrap`.
PROGRAMS = [("tagmend-heal", "heal", "bootstrap"), ("tagmend-watch", "watch", "bootstrap"), ("tagmend-cli", "tagmend", "tagmend")]


def installed():
    listed = subprocess.run(["rustup", "target", "list", "--installed"], capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


def environment():
    """Neither the folder of the checkout nor that of the registry gets into the program. `cargo lambda` adds to these flags."""
    home = os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    folders = {str(ROOT): "/tagmend", home: "/cargo", sysroot: "/rust"}
    flags = " ".join(f"--remap-path-prefix={folder}={name}" for folder, name in folders.items())
    return {**os.environ, "RUSTFLAGS": flags, "SOURCE_DATE_EPOCH": "315532800"}


def build(target):
    folder = ROOT / "target" / "package" / target
    command = ["cargo", "lambda", "build", "--release", "--locked", "--target", target, "--lambda-dir", folder]
    for package, binary, _ in PROGRAMS:
        command += ["--package", package, "--bin", binary]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)
    return folder


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    there = installed()
    missing = [target for target in TARGETS.values() if target not in there]
    for architecture, target in TARGETS.items():
        if target in missing:
            continue
        folder = build(target)
        for _, binary, name in PROGRAMS:
            executable = (folder / binary / "bootstrap").read_bytes()
            archive.write(out / f"{binary}-{architecture}.zip", {name: executable})
        made = sbom.of(ROOT, target, [package for package, _, _ in PROGRAMS])
        (out / f"sbom-{architecture}.cdx.json").write_text(made)
    version = sbom.version(ROOT)
    (out / "template.yaml").write_text(template.packaged((ROOT / "infra" / "template.yaml").read_text(), version))
    for name in ("member.yaml", "baseline.schema.json"):
        shutil.copyfile(ROOT / "infra" / name, out / name)
    archive.sums(out)
    for target in missing:
        print(f"not made: {target}, whose standard library is not here (rustup target add {target})", file=sys.stderr)
    if len(missing) == len(TARGETS):
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist").resolve())
