"""Writes the tables of crates/diagnosis/data; see the Makefile.

    python tools/tables              writes them
    python tools/tables --check      fails where what is checked in is not what the packages at hand give; a folder
                                     may follow, whose tables are looked at instead
    python tools/tables --changes    prints what the packages at hand would change, and never fails
    python tools/tables --figures    prints how much the tables know
    python tools/tables --pattern    prints the ends of codes that the EventBridge rules match
"""

import difflib
import json
import re
import sys
from collections import Counter
from pathlib import Path

import calls
import codes
import tags
from by_hand import DATA
from sources import actions, models, versions

HEAD = "# Written by `make tables`, not by hand. Sources: {}.\n"


def table(about, rows):
    sources = ", ".join(f"{package} {version}" for package, version in versions().items())
    rows = sorted(rows, key=lambda row: row.split(" ")[0].lower())
    keys = Counter(row.split(" ")[0].lower() for row in rows)
    return HEAD.format(sources) + "".join(f"# {line}\n" for line in about) + "".join(f"{row}\n" for row in rows), keys


def brief(asked, own):
    return re.sub(rf"(?<![\w:-]){re.escape(own)}(?!\w)", "=", asked)


def tables():
    creating, _ = tags.parameters()
    found = {
        "calls.txt": table(
            [
                "CALL KIND ACTIONS: what a call asks for. Kinds: certain (one action, and its page is this call's); several",
                "(one or more of these); parameter (of alternatives, `PARAMETER?` where the call has it, the last one else);",
                "guessed (only the name is equal); unknown. `+` joins actions, and `=` is the action of the call's own name.",
            ],
            [f"{name}:{operation} {kind} {brief(asked, f'{name}:{operation}')}" for (name, operation), (kind, asked) in calls.calls().items()],
        ),
        "event_sources.txt": table(
            ["SOURCE PREFIXES: the IAM prefixes behind an event source, which is written without `.amazonaws.com`."],
            [f"{source} {' '.join(prefixes)}" for source, prefixes in calls.event_sources().items()],
        ),
        "resource_tags.txt": table(
            [
                "ACTION PLACES: the types of resources whose tags an action is authorized by, `*` where a type is required;",
                "`action` where the action itself has the key. `=KEYS` where that is not aws:ResourceTag alone. `-`: none.",
            ],
            [f"{action} {places}" for action, places in tags.resource_tags().items()],
        ),
        "request_tags.txt": table(
            ["CALL PARAMETERS: the parameter that holds the tags which a call creates."],
            [f"{name}:{operation} {' '.join(sorted(members))}" for (name, operation), members in creating.items()],
        ),
        "error_codes.txt": table(
            ["CODE | class | event sources | how the text begins | services that model it | shapes of another name."],
            [" | ".join(row) for row in codes.error_codes()],
        ),
    }
    for name, (_, keys) in found.items():
        twice = [key for key, count in keys.items() if count > 1]
        if twice and name != "error_codes.txt":
            raise SystemExit(f"{name}: twice: {twice}")
    return {name: text for name, (text, _) in found.items()}


def changes(folder=DATA):
    """The lines that differ from what is checked in, without the head, which names the packages."""
    for name, text in tables().items():
        old = (folder / name).read_text().splitlines() if (folder / name).exists() else []
        diff = list(difflib.unified_diff(old, text.splitlines(), name, name, lineterm="", n=0))
        lines = [line for line in diff[2:] if not line.startswith(("@@", "+#", "-#"))]
        yield name, lines, old[:1] != text.splitlines()[:1]


def figures():
    """For every operation of every service in botocore, and for the codes and parameters."""
    judged = calls.calls()
    kinds, wrong = Counter(), []
    for name, known in calls.operations().items():
        for operation, services in known.items():
            kind, asked = judged[name, operation] if name else ("unknown", "-")
            kinds[kind] += len(services)
            if kind == "certain" and asked.lower() not in actions():
                wrong.append(asked)
    creating, others = tags.parameters()
    reads = [f"{name}:{call}" for name, call in others if call.startswith(("Get", "List", "Describe", "Search"))]
    return {
        "services": len(models()),
        "operations": sum(kinds.values()),
        **{kind: kinds[kind] for kind in calls.KINDS},
        "certain ones whose action the reference does not know": wrong,
        "codes modelled as denial or throttling that no table knows": codes.undecided(),
        "codes modelled so that are neither, each with a reason": sum(
            bool(row["because"]) and all(judged[0] == "neither" for judged in codes.decisions()[code])
            for code, row in codes.modelled().items()
        ),
        "actions that take a tag of the resource": sum(places != "-" for places in tags.resource_tags().values()),
        "actions that take none": sum(places == "-" for places in tags.resource_tags().values()),
        "calls that create tags": len(creating),
        "calls with a parameter that only looks like tags": len(others),
        "of these, reads": sorted(reads),
    }


def complaint():
    """What has to be decided by hand before the tables are right."""
    undecided, outdated = codes.undecided(), calls.all_outdated()
    said = [f"by_hand/error_codes.txt: decide about {undecided}"] if undecided else []
    return "\n".join(said + [f"by_hand/calls.txt: {why}" for why in outdated])


def main(how, folder=DATA):
    if how == "--figures":
        print(json.dumps(figures(), indent=1))
    elif how == "--pattern":
        print(json.dumps(codes.endings(), indent=1))
    elif how == "--changes":
        print("with", ", ".join(f"{package} {version}" for package, version in versions().items()))
        for name, lines, _ in changes():
            print(f"{name}: {len(lines)} lines differ", *lines[:20], *(["..."] if len(lines) > 20 else []), sep="\n  ")
        print("codes to decide about:", codes.undecided() or "none")
        print("decisions by hand that cannot be kept:", calls.all_outdated() or "none")
    elif how == "--check":
        found = [(name, lines) for name, lines, head in changes(Path(folder)) if lines or head]
        for name, lines in found:
            print(f"{name} is not what `make tables` writes", *lines[:20], sep="\n  ")
        sys.exit(complaint() or bool(found))
    else:
        if complaint():
            sys.exit(complaint())
        for name, text in tables().items():
            (DATA / name).write_text(text)


main(*(sys.argv[1:] or [""]))
