"""The hand-made files: a row a line, its fields parted by `|`, the last one a page or a reason."""

from pathlib import Path

DATA = Path(__file__).parents[2] / "crates" / "diagnosis" / "data"


def rows(name, fields):
    found = []
    for number, line in enumerate((DATA / "by_hand" / name).read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        row = [field.strip() for field in line.split("|")]
        if len(row) != fields or not row[-1]:
            raise SystemExit(f"{name}:{number}: {fields} fields, the last of which says why: {line}")
        found.append(row)
    return found
