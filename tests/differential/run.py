"""Compares `tagmend simulate` with another evaluator, an npm package that runs as a program of its own.

A row on which the two differ is rewritten, rule by rule, into one that says the same without touching the rule.
The first rule whose rewriting makes the two agree is the reason of the difference; our own answer must not change by
it. What no rule explains is printed, and fails the run.
"""

import collections
import copy
import datetime
import fnmatch
import gzip
import ipaddress
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
DATA = ROOT / "crates" / "iam-policy" / "tests" / "conformance"
VARIABLE = re.compile(r"\$\{([^}]*)\}")


def listed(value):
    return value if isinstance(value, list) else [value]


def policies(row):
    return [*row["policies"], *(policy for level in row.get("scps") or [] for policy in level)]


def statements(row):
    return [(policy, statement) for policy in policies(row) for statement in listed(policy["Statement"])]


def conditions(row):
    """(policy, operator, keys of that operator) of every line of a Condition block; the keys may be changed."""
    for policy, statement in statements(row):
        for operator, keys in (statement.get("Condition") or {}).items():
            yield policy, operator, keys


def map_texts(row, change):
    """Changes every resource and condition value of the row: change(policy, text, whether it is a resource)."""
    for policy, statement in statements(row):
        for element in ("Resource", "NotResource"):
            if element in statement:
                statement[element] = [change(policy, text, True) for text in listed(statement[element])]
        for keys in (statement.get("Condition") or {}).values():
            for key, values in keys.items():
                keys[key] = [
                    change(policy, text, False) if isinstance(text, str) else text for text in listed(values)
                ]


def context(row):
    return {key.lower(): value for key, value in row["request"]["context"].items()}


def has_variables(policy):
    return policy.get("Version") == "2012-10-17"


def variable_parts(text, resource):
    """Where variables count: in a resource after the fifth colon only."""
    if not resource:
        return "", text
    parts = text.split(":", 5)
    return (":".join(parts[:5]) + ":", parts[5]) if len(parts) == 6 else (text, "")


def known_keys(row):
    """Keys that the service reference does not list for the action are dropped: give all keys names of global ones."""
    given = context(row)
    names = {}
    of_lists = iter(["aws:TagKeys", "aws:PrincipalOrgPaths", "aws:CalledVia", "aws:PrincipalServiceNamesList"])

    def name(key):
        if key.lower().startswith("aws:principaltag/"):
            return key
        if key.lower() not in names:
            is_list = isinstance(given.get(key.lower()), list)
            names[key.lower()] = next(of_lists) if is_list else f"aws:PrincipalTag/renamed-{len(names)}"
        return names[key.lower()]

    for _, _, keys in conditions(row):
        for key in list(keys):
            keys[name(key)] = keys.pop(key)
    row["request"]["context"] = {name(key): value for key, value in row["request"]["context"].items()}

    def rename(match):
        inner = match.group(1)
        key, comma, default = inner.partition(",")
        return match.group(0) if inner in ("*", "?", "$") else "${" + name(key) + comma + default + "}"

    map_texts(row, lambda _, text, __: VARIABLE.sub(rename, text))


def old_version(row):
    """Without Version 2012-10-17 a variable is text: write it as text that cannot be taken for one."""
    map_texts(row, lambda policy, text, _: text if has_variables(policy) else text.replace("${", "(("))


def variable_without_value(row):
    """A variable without a value matches nothing: put in what nothing is."""
    given = context(row)

    def fill(match):
        key, _, default = match.group(1).partition(", ")
        missing = match.group(1) not in ("*", "?", "$") and key.lower() not in given
        if not missing:
            return match.group(0)
        return default.strip("'") if default else "no-value-of-this-variable"

    def change(policy, text, resource):
        head, tail = variable_parts(text, resource)
        return head + VARIABLE.sub(fill, tail) if has_variables(policy) else text

    map_texts(row, change)


def variable_with_value(row):
    """Put the value in, where it holds no wildcard."""
    given = context(row)

    def fill(match):
        value = given.get(match.group(1).partition(",")[0].lower())
        usable = isinstance(value, str) and value and not set(value) & set("*?$")
        return value if usable else match.group(0)

    def change(policy, text, resource):
        head, tail = variable_parts(text, resource)
        return head + VARIABLE.sub(fill, tail) if has_variables(policy) else text

    map_texts(row, change)


def wildcards_of_resources(row):
    """`*` and `?` run across colons: put in the resource where the pattern matches, else another one."""
    arn = row["request"]["resource"]["arn"]

    def change(_, text, resource):
        if not resource or text == "*" or "$" in text or "[" in text:
            return text
        return arn if fnmatch.fnmatchcase(arn, text) else "arn:aws:s3:::none"

    map_texts(row, change)


def special_characters(row):
    """`${*}`, `${?}` and `${$}` are the characters: where the value is compared for equality, write them."""
    for policy, operator, keys in conditions(row):
        if has_variables(policy) and "Equals" in operator and "String" in operator:
            for key, values in keys.items():
                plain = [re.sub(r"\$\{([*?$])\}", r"\1", text) for text in listed(values) if isinstance(text, str)]
                keys[key] = plain


def addresses(row):
    """Bare addresses and other families: write networks, and leave out those of the other family."""
    given = context(row)
    for _, operator, keys in conditions(row):
        if "IpAddress" not in operator:
            continue
        for key, values in keys.items():
            try:
                address = ipaddress.ip_address(given[key.lower()])
            except (KeyError, ValueError):
                continue
            networks = [ipaddress.ip_network(value, strict=False) for value in listed(values)]
            inside = any(network.version == address.version and address in network for network in networks)
            others = ["192.0.2.0/24", "198.51.100.0/24"] if address.version == 4 else ["2001:db8:ffff:ffff::/64"]
            other = next(other for other in others if address not in ipaddress.ip_network(other))
            keys[key] = str(ipaddress.ip_network(address)) if inside else other


def dates(row):
    """Dates and seconds since 1970 are the same: write them all as dates."""
    given = row["request"]["context"]

    def as_date(value):
        seconds = isinstance(value, str) and value.isdecimal()
        moment = datetime.datetime.fromtimestamp(int(value), datetime.UTC) if seconds else None
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else value

    for _, operator, keys in conditions(row):
        if "Date" in operator:
            for key, values in keys.items():
                keys[key] = [as_date(value) for value in listed(values)]
                for name in given:
                    if name.lower() == key.lower():
                        given[name] = as_date(given[name])


RULES = [
    known_keys,
    old_version,
    variable_without_value,
    variable_with_value,
    special_characters,
    wildcards_of_resources,
    addresses,
    dates,
]


def rows():
    """Every row without a boundary, which the other program's README does not describe."""
    found = [json.loads(line) for line in (DATA / "iam-probes.jsonl").read_text().splitlines()]
    for name in ("iam-cases.jsonl.gz", "iam-causes.jsonl.gz"):
        with gzip.open(DATA / name, "rt") as lines:
            for row in map(json.loads, lines):
                found.append(row)
                if "key" in row:
                    with_key = copy.deepcopy(row)
                    with_key["id"] += "-with"
                    with_key["request"]["context"][row["key"]] = row["value"]
                    found.append(with_key)
    return [row for row in found if not row.get("boundary")]


def run(command, cases):
    text = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run(command, cwd=HERE, input=text, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(cases):
        sys.exit(f"{command[0]} answered {len(answers)} of {len(cases)}: {done.stderr}")
    return [answer.get("decision") for answer in answers]


def decide(cases):
    ours = run([str(ROOT / "target" / "debug" / "tagmend"), "simulate", "-", "--json"], cases)
    return ours, run(["node", "driver.mjs"], cases)


def main():
    cases = rows()
    ours, theirs = decide(cases)
    unanswered = sum(their is None for their in theirs)
    left_open = sum(our == "Depends" for our in ours)
    different = [
        (row, our)
        for row, our, their in zip(cases, ours, theirs)
        if their is not None and our not in (their, "Depends")
    ]
    agree = len(cases) - unanswered - left_open - len(different)
    print(
        f"{len(cases)} rows without boundary: {agree} agree, {len(different)} differ, "
        f"{unanswered} the other does not answer, {left_open} turn on a rule that AWS leaves open"
    )
    reasons = collections.Counter()
    left = [(copy.deepcopy(row), our, []) for row, our in different]
    for rule in RULES:
        for row, _, _ in left:
            rule(row)
        ours, theirs = decide([row for row, _, _ in left])
        still = []
        for (row, our, changed), now, their in zip(left, ours, theirs):
            if now != our:
                changed = [*changed, rule.__name__]
            if now == their and not changed:
                reasons[rule.__name__] += 1
            else:
                still.append((row, our, changed))
        left = still
    for rule in RULES:
        print(f"{reasons[rule.__name__]:>5} {rule.__name__}: {rule.__doc__.splitlines()[0]}")
    for row, our, changed in left:
        print(f"unexplained: {row['id']} is {our} here" + (f"; changed by {', '.join(changed)}" if changed else ""))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
