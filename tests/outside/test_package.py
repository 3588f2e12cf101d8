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
from test_linters import TOOLS

sys.path.insert(0, str(ROOT / "tools" / "package"))
import archive
import sbom
import template

ROOTS = ["tagmend-heal", "tagmend-watch", "tagmend-cli"]
TARGETS = ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]


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
def test_the_sbom_names_every_crate_that_is_linked(target):
    """Whatever a crate cannot do without is there too, as the manifests say; and nothing is that the lock file lacks."""
    text = sbom.of(ROOT, target, ROOTS)
    assert text == sbom.of(ROOT, target, ROOTS), "twice the same"
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
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
