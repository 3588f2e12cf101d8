"""Which actions take a tag of the resource, and which calls create tags with which parameter."""

import re

from calls import calls, prefix
from sources import models, reference

# Keys that hold a tag of the thing that is acted on. RDS, DMS and Data Pipeline have one for each type of thing.
OF_RESOURCE = re.compile(r"^[\w-]+:(resource|bucket|existingobject|accesspoint|tablebucket|vectorbucket|[a-z-]+-)?tag/", re.IGNORECASE)
OF_REQUEST = re.compile(r"^[\w-]+:(req-tag|search)", re.IGNORECASE)


def of_resource(key):
    return bool(OF_RESOURCE.match(key)) and not OF_REQUEST.match(key)


def of_request(key):
    return key.startswith("aws:RequestTag/") or key == "aws:TagKeys"


def short(key):
    return re.sub(r"/.*", "", key)


def resource_tags():
    """Rows of an action: a place for each type of resource, and `action` for all of them.

    A type that the reference requires has a `*`. `=KEYS` stands behind it unless the key is aws:ResourceTag alone.
    """
    found = {}
    for name, (actions, types) in reference().items():
        for action in actions.values():
            places = {"action": {short(key) for key in action["conditionKeys"] if of_resource(key)}}
            for kind in action["resourceTypes"]:
                own = types.get(kind["name"].lower(), {})
                keys = {*kind["conditionKeys"], *(own.get("conditionKeys") or [])}
                place = kind["name"].replace(" ", "_") + ("*" if kind["required"] else "")
                places[place] = {short(key) for key in keys if of_resource(key)}
            entries = [
                place + ("" if keys == {"aws:ResourceTag"} else "=" + ",".join(sorted(keys)))
                for place, keys in sorted(places.items())
                if keys
            ]
            found[f"{name}:{action['name']}"] = " ".join(entries) or "-"
    return found


def creates_tags():
    """The actions that take tags of the request."""
    found = set()
    for name, (actions, _) in reference().items():
        for action in actions.values():
            keys = list(action["conditionKeys"]) + [key for kind in action["resourceTypes"] for key in kind["conditionKeys"]]
            if any(of_request(key) for key in keys):
                found.add(f"{name}:{action['name']}")
    return found


def looks_like_tags(model, member):
    """A map of texts, or a list of pairs of a key and a value."""
    shapes = model["shapes"]
    shape = shapes[member["shape"]]
    if shape["type"] == "map":
        return shapes[shape["key"]["shape"]]["type"] == shapes[shape["value"]["shape"]]["type"] == "string"
    if shape["type"] != "list":
        return False
    item = shapes[shape["member"]["shape"]]
    names = {name.lower().removeprefix("tag") for name in item.get("members", {})}
    return item["type"] == "structure" and names == {"key", "value"}


def of_the_thing(operation, member):
    """Whether a parameter is named as the tags of what the call is about: CreateBackupVault's BackupVaultTags too."""
    plain = re.fullmatch(r"(resource|add)?tags?(list|toadd|set)?", member, re.IGNORECASE)
    return bool(plain) or operation.lower() == "create" + member.lower().removesuffix("tags")


def parameters():
    """The parameters of calls that look like tags: those that create them, and those that only look so."""
    creating, judged = creates_tags(), calls()
    found, others = {}, {}
    for service, model in sorted(models().items()):
        name = prefix(service)
        for operation, shape in model["operations"].items():
            if name is None or "input" not in shape:
                continue
            members = model["shapes"][shape["input"]["shape"]].get("members", {})
            named = [member for member in members if re.search(r"tag(s|list|set|$)", member, re.IGNORECASE)]
            tags = sorted(member for member in named if looks_like_tags(model, members[member]))
            if not tags:
                continue
            _, asked = judged[name, operation]
            actions = set(re.split(r"[+ ]", re.sub(r"\S*\?", "", asked)))
            plain = [member for member in tags if of_the_thing(operation, member)]
            if actions & creating and len(plain) == 1:
                found.setdefault((name, operation), set()).update(plain)
            else:
                others.setdefault((name, operation), set()).update(tags)
    # Two services of one prefix may name them differently: both names count.
    return found, {key: tags for key, tags in others.items() if key not in found}
