"""A CycloneDX document of what is linked into the programs, from `cargo tree`.

Not cargo-cyclonedx: it puts a random serial number and the time into each document, writes one for each crate of the
workspace, and has no form for several programs together. Not `cargo metadata`: it adds up what any member of the workspace
asks for, and names crates that no program has.
"""

import hashlib
import json
import re
import subprocess
import uuid

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
# Depth, name, version and license, as `cargo tree` is told to print them.
LINE = re.compile(r"(?P<depth>\d+)(?P<name>\S+) v(?P<version>\S+)[^|]*\|(?P<license>[^|]*)\|")


def version(root):
    lines = (root / "Cargo.toml").read_text().split("[workspace.package]")[1].splitlines()
    return next(line for line in lines if line.startswith("version")).split('"')[1]


def checksums(root):
    """SHA-256 by name and version, from the lock file."""
    found, name = {}, {}
    for line in (root / "Cargo.lock").read_text().splitlines():
        if line == "[[package]]":
            name = {}
        key, _, value = line.partition(" = ")
        name[key] = value.strip('"')
        if key == "checksum":
            found[name["name"], name["version"]] = name[key]
    return found


def linked(root, target, roots):
    """What the roots reach by ordinary dependencies, with its license; and from what to what. What a macro uses runs in the
    compiler and is not linked."""
    command = ["cargo", "tree", "--locked", "--prefix", "depth", "--edges", "normal,no-proc-macro", "--target", target]
    command += ["--format", "{p}|{l}|", *(word for name in roots for word in ("--package", name))]
    tree = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    licenses, edges, above = {}, {}, []
    for line in filter(None, tree.splitlines()):
        found = LINE.match(line)
        crate, depth = (found["name"], found["version"]), int(found["depth"])
        licenses[crate] = found["license"]
        edges.setdefault(crate, set())
        del above[depth:]
        if above:
            edges[above[-1]].add(crate)
        above.append(crate)
    return licenses, edges


def purl(crate):
    return f"pkg:cargo/{crate[0]}@{crate[1]}"


def compiled(messages, target):
    """Names and versions of the crates that were compiled for the target, from Cargo's JSON messages. What runs in the compiler
    and in build scripts is compiled for the machine that builds, into another folder."""
    found = set()
    for line in messages.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("reason") == "compiler-artifact" and any(f"/{target}/" in name for name in message["filenames"]):
            place, _, crate = message["package_id"].rpartition("#")
            # Where the folder has the name of the crate, only the version is said.
            name, _, version = crate.rpartition("@")
            found.add((name or place.rpartition("/")[2], version))
    return found


def named(document):
    return {(one["name"], one["version"]) for one in document["components"]}


def written(document):
    return json.dumps(document, indent=2) + "\n"


def of(root, target, roots, made_with):
    licenses, edges = linked(root, target, roots)
    sums = checksums(root)

    def component(crate):
        name, version = crate
        kind = "application" if name in roots else "library"
        made = {"type": kind, "bom-ref": purl(crate), "name": name, "version": version, "purl": purl(crate)}
        if licenses[crate]:
            # Cargo takes a slash for OR, SPDX does not.
            made["licenses"] = [{"expression": licenses[crate].replace("/", " OR ")}]
        if crate in sums:
            made["hashes"] = [{"alg": "SHA-256", "content": sums[crate]}]
        return made

    crates = sorted(edges, key=purl)
    whole = f"tagmend-{target}"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {
            "type": "application", "bom-ref": whole, "name": "tagmend", "version": version(root),
            "properties": [
                {"name": "cargo:target", "value": target},
                *({"name": f"made with:{tool}", "value": version} for tool, version in made_with.items()),
            ],
        }},
        "components": [component(crate) for crate in crates],
        "dependencies": [
            {"ref": whole, "dependsOn": sorted(purl(crate) for crate in crates if crate[0] in roots)},
            *({"ref": purl(crate), "dependsOn": sorted(purl(other) for other in edges[crate])} for crate in crates),
        ],
    }
    # `actions/attest-sbom` takes no document without one. Not random: it follows from what the document says.
    digest = hashlib.sha256(written(document).encode()).digest()
    return {"$schema": SCHEMA, "serialNumber": uuid.UUID(bytes=digest[:16], version=4).urn, **document}
