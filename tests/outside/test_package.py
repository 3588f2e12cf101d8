"""What `make package` makes, as far as no compiler is needed for it: zips, SBOM, checksums and the template."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from test_linters import TOOLS

sys.path.insert(0, str(ROOT / "tools" / "package"))
import archive
import elf
import sbom
import template

BUILDS = {"functions": ["tagmend-heal", "tagmend-watch"], "tagmend": ["tagmend-cli"]}
TARGETS = ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]
MADE_WITH = {"rustc": "rustc 1.95.0", "zig": "0.17.1"}


def test_the_same_members_give_the_same_zip_at_any_time(tmp_path):
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    members = {"bootstrap": b"\x7fELF" + bytes(100_000), "a": b"1"}
    archive.write(one, members)
    os.utime(one, (0, 0))
    archive.write(other, dict(reversed(members.items())))
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as read:
        assert read.namelist() == ["a", "bootstrap"] and read.read("bootstrap") == members["bootstrap"]
        assert {entry.external_attr >> 16 for entry in read.infolist()} == {0o100755}


def test_checksums_are_those_that_sha256sum_reads(tmp_path):
    (tmp_path / "b").write_text("b")
    (tmp_path / "a").write_text("a")
    archive.sums(tmp_path)
    assert subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=False).returncode == 0
    first = (tmp_path / "SHA256SUMS").read_text().splitlines()[0]
    assert first == f"{hashlib.sha256(b'a').hexdigest()}  a"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", BUILDS)
def test_the_sbom_names_every_crate_that_is_linked(name, target):
    """Whatever a crate cannot do without is there too, as the manifests say; and nothing is that the lock file lacks."""
    document = sbom.of(ROOT, target, BUILDS[name], MADE_WITH)
    assert document == sbom.of(ROOT, target, BUILDS[name], MADE_WITH), "twice the same"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom.written(document)) is None
    # `actions/attest-sbom` takes no other.
    assert document["bomFormat"] == "CycloneDX" and document["specVersion"] and document["serialNumber"]
    assert document["serialNumber"] != sbom.of(ROOT, target, BUILDS[name], {})["serialNumber"], "another document"
    named = {(one["name"], one["version"]): one for one in document["components"]}
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    data = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    packages = {package["id"]: package for package in data["packages"]}
    of_macros = {id for id, package in packages.items() if any("proc-macro" in one["kind"] for one in package["targets"])}
    edges = 0
    for node in data["resolve"]["nodes"]:
        package = packages[node["id"]]
        if (package["name"], package["version"]) not in named:
            continue
        needed = {one["name"] for one in package["dependencies"] if one["kind"] is None and not one["optional"]}
        for dependency in node["deps"]:
            other = packages[dependency["pkg"]]
            is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"]) and dependency["pkg"] not in of_macros
            if is_linked and other["name"] in needed:
                edges += 1
                assert (other["name"], other["version"]) in named, f"{package['name']} links {other['name']}"
    assert edges > 300
    known = {(package["name"], package["version"]) for package in data["packages"]}
    assert known.issuperset(named)
    for (name, _), one in named.items():
        is_own = name.startswith("tagmend") or name == "iam-policy"
        assert is_own or ("hashes" in one and "licenses" in one), one
    references = {one["bom-ref"] for one in document["components"]}
    for dependency in document["dependencies"]:
        assert references.issuperset(dependency["dependsOn"]), dependency


def test_functions_take_credentials_from_lambda_alone_and_the_command_from_everywhere():
    """What only an operator has (sessions of `aws sso login`, a program that prints credentials) makes the functions larger."""
    named = {name: {crate for crate, _ in sbom.linked(ROOT, TARGETS[0], BUILDS[name])[0]} for name in BUILDS}
    of_operators = {"aws-sdk-sso", "aws-sdk-ssooidc", "p256"}
    assert named["functions"].isdisjoint(of_operators | {"tagmend-cli", "tagmend-sandbox", "clap"})
    assert of_operators <= named["tagmend"]


def test_what_cargo_compiled_for_the_target_is_told_from_what_it_compiled_for_itself():
    def artifact(id, path):
        return json.dumps({"reason": "compiler-artifact", "package_id": id, "filenames": [path]})

    messages = [
        artifact("registry+https://github.com/rust-lang/crates.io-index#serde@1.0.229", "/t/TARGET/packaged/deps/libserde.rlib"),
        artifact("registry+https://github.com/rust-lang/crates.io-index#syn@3.0.10", "/t/packaged/deps/libsyn.rlib"),
        artifact("path+file:///tagmend/functions/heal#tagmend-heal@0.1.0", "/t/TARGET/packaged/heal"),
        artifact("path+file:///tagmend/crates/iam-policy#0.1.0", "/t/TARGET/packaged/deps/libiam_policy.rlib"),
        json.dumps({"reason": "build-script-executed", "package_id": "x#y@1", "out_dir": "/t/TARGET/packaged/build/y/out"}),
        json.dumps({"reason": "build-finished", "success": True}),
    ]
    compiled = sbom.compiled("\n".join(messages), "TARGET")
    assert compiled == {("serde", "1.0.229"), ("tagmend-heal", "0.1.0"), ("iam-policy", "0.1.0")}


def executable(machine, *texts):
    return b"\x7fELF\x02\x01".ljust(18, bytes(1)) + machine.to_bytes(2, "little") + bytes(44) + bytes(1).join(texts) + bytes(1)


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (executable(62, b"GLIBC_2.17", b"GLIBC_2.34", b"/tagmend/functions/heal/src/main.rs"), None),
        (executable(183, b"GLIBC_2.17"), "is for the ELF machine 183, not 62"),
        (executable(62, b"GLIBC_2.2.5", b"GLIBC_2.38"), "needs glibc 2.38, and Amazon Linux 2023 has 2.34"),
        (executable(62, b"/home/somebody/tagmend/a.rs"), "names a folder of this machine: /home/somebody/tagmend/a.rs"),
        (b"#!/bin/sh", "is no ELF file of 64 bits"),
    ],
)
def test_an_executable_that_would_not_start_or_differ_elsewhere_is_refused(made, complaint):
    assert list(elf.complaints(made, "x86_64", ["/home/somebody"])) == ([complaint] if complaint else [])


@pytest.fixture
def package(tmp_path):
    """A folder with the package and nothing else; the zips hold no program."""
    for name in ("heal", "watch"):
        for architecture in ("arm64", "x86_64"):
            archive.write(tmp_path / f"{name}-{architecture}.zip", {"bootstrap": b"#!/bin/sh\n"})
    text = (ROOT / "infra" / "template.yaml").read_text()
    (tmp_path / "template.yaml").write_text(template.packaged(text, sbom.version(ROOT)))
    shutil.copyfile(ROOT / "infra" / "member.yaml", tmp_path / "member.yaml")
    return tmp_path


def test_sam_finds_nothing_in_the_template_of_the_package(package):
    environment = os.environ | {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    command = [TOOLS / "sam", "validate", "--lint", "--template", "template.yaml"]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_aws_cli_finds_nothing_left_to_package(package):
    """Whatever `aws cloudformation package` would have to upload, it would call S3 for, which nobody answers here."""
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    command = [TOOLS / "aws", "cloudformation", "package", "--region", "eu-west-1", "--s3-bucket", "code", "--template-file"]
    out = package / "out.yaml"
    done = subprocess.run([*command, "template.yaml", "--output-template-file", out], cwd=package, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0 and out.exists(), done.stderr
    (package / "left.yaml").write_text((package / "template.yaml").read_text().replace("        Bucket: !Ref CodeBucket\n        Key: !Sub ${CodePrefix}heal-${Architecture}.zip\n", "").replace("      CodeUri:\n      Runtime", "      CodeUri: heal-arm64.zip\n      Runtime", 1))
    left = subprocess.run([*command, "left.yaml", "--output-template-file", out], cwd=package, capture_output=True, text=True, env=environment, check=False)
    assert left.returncode != 0, "a file that is left would be uploaded"


def test_both_templates_make_the_same_resources(package):
    """But for where the code is from."""
    mine, theirs = ((path / "template.yaml").read_text().splitlines() for path in (ROOT / "infra", package))
    only_mine = [line.strip() for line in mine if line not in theirs]
    assert set(only_mine) <= {"Metadata:", "BuildMethod: rust-cargolambda", "BuildProperties:", "Binary: heal", "Binary: watch", "CodeUri: .."}
    keys = [line.strip() for line in theirs if line.strip().startswith("Key: !Sub ${CodePrefix}")]
    assert keys == ["Key: !Sub ${CodePrefix}heal-${Architecture}.zip", "Key: !Sub ${CodePrefix}watch-${Architecture}.zip"]
    assert f"    Default: tagmend/{sbom.version(ROOT)}/" in theirs


def test_a_template_of_another_form_is_refused():
    with pytest.raises(SystemExit, match="builds 0 functions"):
        template.packaged("Parameters:\n", "1")
