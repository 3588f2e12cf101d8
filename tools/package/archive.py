"""Zips and checksums that depend on nothing but what is in them."""

import hashlib
import zipfile

# The first moment that a zip can tell.
TIME = (1980, 1, 1, 0, 0, 0)
UNIX = 3


def write(path, members):
    """A zip of executables by name, in the order of their names."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, TIME)
            entry.create_system = UNIX
            entry.external_attr = (0o100755) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, members[name], compresslevel=9)


def sums(folder):
    """SHA256SUMS, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines))
