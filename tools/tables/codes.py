"""Error codes of denials and of throttling, and how they are written on the wire."""

import re
from collections import defaultdict
from functools import cache

import by_hand
from sources import models, throttled_codes

CLASSES = ("denied", "not-enabled", "throttled", "neither")
LIKE_A_DENIAL = re.compile(
    r"denied|unauthor|not_?authori|no_?authori|forbid|not(Permitted|Allowed)|authorization(Error|Exception|Fault)"
    r"|insufficient\w*(Privilege|Permission|Access)|PermissionException|opt_?in|SubscriptionRequired",
    re.IGNORECASE,
)
LIKE_THROTTLING = re.compile(
    r"throttl|TooManyRequest|rate_?(limit|exceed)|RequestLimit|slow_?down|ThroughputExceed|bandwidth|TransactionInProgress"
    r"|PriorRequest",
    re.IGNORECASE,
)


@cache
def modelled():
    """Each code that a model of botocore knows: its services, its shapes of another name, whether it must be judged."""
    found = defaultdict(lambda: {"services": set(), "shapes": set(), "because": set()})
    for service, model in models().items():
        for name, shape in model["shapes"].items():
            if not shape.get("exception") and "error" not in shape:
                continue
            error = shape.get("error", {})
            code = error.get("code", name)
            row = found[code]
            row["services"].add(service)
            row["shapes"].update({name} - {code})
            if error.get("httpStatusCode") in (401, 403, 429):
                row["because"].add(f"HTTP {error['httpStatusCode']}")
            if shape.get("retryable", {}).get("throttling"):
                row["because"].add("retried as throttled")
    for code in throttled_codes():
        found[code]["because"].add("repeated by botocore")
    for code, row in found.items():
        if LIKE_A_DENIAL.search(code) or LIKE_THROTTLING.search(code):
            row["because"].add("its name")
    return found


def decisions():
    """What was decided: rows of code, class, services, text's beginning, why."""
    found = defaultdict(list)
    for code, judged, services, text, why in by_hand.rows("error_codes.txt", 5):
        if judged not in CLASSES:
            raise SystemExit(f"by_hand/error_codes.txt: {code} is {judged}")
        if judged == "neither" and why == "-":
            raise SystemExit(f"by_hand/error_codes.txt: {code} is neither: why?")
        found[code].append((judged, services.split(), text, why))
    return found


def undecided():
    """Codes that look like a denial or throttling, and that nobody has judged."""
    return {
        code: sorted(row["because"]) for code, row in sorted(modelled().items()) if row["because"] and code not in decisions()
    }


def error_codes():
    """Rows of the table: code, class, the event sources and the text it is limited to, services, shapes."""
    rows = []
    for code, judged in sorted(decisions().items()):
        known = modelled().get(code, {"services": set(), "shapes": set()})
        services = sorted(known["services"])
        if len(services) > 4:
            services = [*services[:3], f"and {len(services) - 3} more"]
        for kind, sources, text, _ in judged:
            rows.append((code, kind, " ".join(sources), text, ", ".join(services) or "-", " ".join(sorted(known["shapes"])) or "-"))
    return rows


def endings():
    """What a rule has to match: the ends of codes of each class, without those that end with another one."""
    found = {}
    for name, kinds in (("denied", ("denied", "not-enabled")), ("throttled", ("throttled",))):
        codes = {
            code
            for code, judged in decisions().items()
            if any(kind in kinds and sources == ["*"] and text == "*" for kind, sources, text, _ in judged)
        }
        found[name] = sorted(
            code for code in codes if not any(code != other and code.endswith(other) for other in codes)
        )
    return found
