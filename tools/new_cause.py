"""Writes the stubs of a new cause: `make cause NAME=my_cause`. The compiler and the tests list what is left to do."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "crates" / "diagnosis" / "src"

FILE = '''//! TODO: one sentence that says what the cause is.

use super::about::{About, Bucket};
use crate::case::Case;
use crate::case::verdict::Verdict;

pub(crate) const ABOUT: About = About {
    name: "NAME",
    title: "",
    bucket: Bucket::Permission,
    actor: "",
    condition: "",
    evidence: "",
    would_change: "",
    advice: "",
    command: "",
    page: "",
};

pub(crate) fn by_facts(_case: &Case<'_>) -> Option<Verdict> {
    None
}
'''


def insert(file, before, text):
    content = file.read_text()
    if content.count(before) != 1:
        sys.exit(f"{file}: `{before.strip()}` is not there once")
    file.write_text(content.replace(before, text + before))


def declare(file, name):
    """Among the other modules by name, as rustfmt wants it."""
    lines = file.read_text().splitlines(keepends=True)
    modules = [place for place, line in enumerate(lines) if line.startswith("pub(crate) mod ")]
    line = f"pub(crate) mod {name};\n"
    later = (place for place in modules if lines[place] > line)
    lines.insert(next(later, modules[-1] + 1), line)
    file.write_text("".join(lines))


def main():
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name):
        sys.exit("say NAME=my_cause, in snake case")
    file = SOURCE / "cause" / f"{name}.rs"
    if file.exists():
        sys.exit(f"{file.relative_to(ROOT)} is there already")
    variant = "".join(word.capitalize() for word in name.split("_"))
    causes = SOURCE / "cause.rs"
    file.write_text(FILE.replace("NAME", name))
    declare(causes, name)
    insert(causes, "    /// What can be read does not decide it.\n", f"    /// TODO\n    {variant},\n")
    insert(causes, "        Cause::Undetermined,\n    ];", f"        Cause::{variant},\n")
    insert(causes, "            Cause::Undetermined =>", f"            Cause::{variant} => &{name}::ABOUT,\n")
    text = causes.read_text()
    causes.write_text(re.sub(r"(ALL: \[Cause; )(\d+)", lambda found: found[1] + str(int(found[2]) + 1), text))
    rule = f'    rule(C::{variant}, "{name}.by_facts", &[],\n        "TODO: when it applies",\n        Facts(cause::{name}::by_facts)),\n'
    insert(SOURCE / "rules.rs", "    // The message names the policy's type, whatever can be said of it.\n", rule)
    folder = ROOT / "events" / name.replace("_", "-")
    folder.mkdir()
    print(f"""written: {file.relative_to(ROOT)}, its places in cause.rs and rules.rs, and {folder.relative_to(ROOT)}/
next:
  1. events into {folder.relative_to(ROOT)}/: one that has the cause, one near-miss-....json; both into events/expected.json
  2. fill in ABOUT, the rule, and its place in the table of rules.rs
  3. cargo test -p tagmend-diagnosis --lib
  4. cargo test --workspace --test end_to_end corpus::
  5. make docs, and INSTA_UPDATE=always for the snapshots""")


if __name__ == "__main__":
    main()
