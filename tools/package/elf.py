"""What an executable says of itself: its processor, the C library that it needs, and folders of the machine that made it."""

import re

# `e_machine` of the ELF header.
MACHINES = {"arm64": 183, "x86_64": 62}
# The C library of Amazon Linux 2023, which `provided.al2023` is.
# https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
GLIBC = (2, 34)


def complaints(executable, architecture, folders):
    """Why Lambda could not start it, or why it would be another one elsewhere."""
    if executable[:6] != b"\x7fELF\x02\x01":
        yield "is no ELF file of 64 bits"
        return
    machine = int.from_bytes(executable[18:20], "little")
    if machine != MACHINES[architecture]:
        yield f"is for the ELF machine {machine}, not {MACHINES[architecture]}"
    versions = {tuple(map(int, found)) for found in re.findall(rb"GLIBC_(\d+)\.(\d+)", executable)}
    if versions and max(versions) > GLIBC:
        needed, there = (".".join(map(str, version)) for version in (max(versions), GLIBC))
        yield f"needs glibc {needed}, and Amazon Linux 2023 has {there}"
    for folder in folders:
        found = executable.find(folder.encode())
        if found >= 0:
            yield f"names a folder of this machine: {executable[found:found + 120].split(bytes(1))[0].decode(errors='replace')}"
