"""What `make package` made, in a folder with nothing else. `make package-check` runs this; it needs the release builds."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
ARCHITECTURES = os.environ.get("ARCHITECTURES", "").split() or ["arm64", "x86_64"]
HERE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
REGIONS = ["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"]
BUILDS = ["functions", "tagmend"]
MEMBERS = {"heal": "bootstrap", "watch": "bootstrap", "tagmend": "tagmend"}
# So that no package grows unnoticed. The aims are 4.6 and 4.0 MB (docs/performance.md).
LARGEST = {"heal": 6_600_000, "watch": 5_200_000}

sys.path.insert(0, str(ROOT / "tools" / "package"))
import elf


@pytest.fixture
def dist(tmp_path):
    """A fresh folder with the package."""
    return Path(shutil.copytree(ROOT / "dist", tmp_path / "dist"))


def run(folder, *command, **environment):
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0", **environment}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ | environment, check=False)


def executable(dist, program, architecture):
    with zipfile.ZipFile(dist / f"{program}-{architecture}.zip") as archive:
        assert archive.namelist() == [MEMBERS[program]]
        return archive.read(MEMBERS[program])


def test_the_package_is_whole_and_its_checksums_are_right(dist):
    made = {f"{program}-{architecture}.zip" for program in MEMBERS for architecture in ARCHITECTURES}
    made |= {f"sbom-{name}-{architecture}.cdx.json" for name in BUILDS for architecture in ARCHITECTURES}
    made |= {"template.yaml", "member.yaml", "baseline.schema.json", "SHA256SUMS"}
    assert {path.name for path in dist.iterdir()} == made
    done = run(dist, "sha256sum", "--check", "--strict", "SHA256SUMS")
    assert done.returncode == 0 and done.stdout.count(": OK") == len(made) - 1, done.stdout + done.stderr


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("program", MEMBERS)
def test_each_zip_holds_a_program_that_lambda_could_start(dist, program, architecture):
    folders = [str(ROOT), str(Path.home())]
    assert list(elf.complaints(executable(dist, program, architecture), architecture, folders)) == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("function", LARGEST)
def test_a_function_is_small_enough(dist, function, architecture):
    size = (dist / f"{function}-{architecture}.zip").stat().st_size
    assert size <= LARGEST[function], f"{function} for {architecture} has {size:,} bytes"


@pytest.mark.skipif(HERE not in ARCHITECTURES, reason="not packaged for this machine")
@pytest.mark.parametrize(
    ("function", "settings", "complaint"),
    [("heal", {"MODE": "nonsense"}, "MODE is `nonsense`"), ("watch", {}, "JOURNAL_BUCKET is not set")],
)
def test_a_function_starts_and_says_what_is_missing(dist, function, settings, complaint):
    with zipfile.ZipFile(dist / f"{function}-{HERE}.zip") as archive:
        archive.extractall(dist / function)
    program = dist / function / "bootstrap"
    program.chmod(0o755)
    done = run(dist, program, AWS_LAMBDA_RUNTIME_API="127.0.0.1:1", **settings)
    assert done.returncode == 1 and complaint in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(HERE not in ARCHITECTURES, reason="not packaged for this machine")
def test_the_command_is_of_this_version_and_diagnoses(dist):
    shutil.unpack_archive(dist / f"tagmend-{HERE}.zip", dist)
    command = dist / "tagmend"
    command.chmod(0o755)
    version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    assert run(dist, command, "--version").stdout.split()[1] == version
    explained = run(dist, command, "explain", ROOT / "events" / "mapping-missing" / "explicit-deny.json")
    assert "attribute mapping missing: Department" in explained.stdout, explained.stderr


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("name", BUILDS)
def test_the_sbom_is_a_cyclonedx_document_that_says_what_it_was_made_with(dist, name, architecture):
    text = (dist / f"sbom-{name}-{architecture}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    said = {one["name"]: one["value"] for one in json.loads(text)["metadata"]["component"]["properties"]}
    assert set(said) == {"cargo:target", "made with:rustc", "made with:cargo-lambda", "made with:zig"}


def test_linters_find_nothing_in_the_templates(dist):
    for template in ("template.yaml", "member.yaml"):
        for command in (["cfn-lint", "--regions", *REGIONS, "--"], ["sam", "validate", "--lint", "--template"]):
            done = run(dist, TOOLS / command[0], *command[1:], template)
            assert done.returncode == 0, done.stdout + done.stderr


def test_the_aws_cli_has_nothing_to_upload(dist):
    """The code is named by bucket and key: whatever else it would upload, it would call S3 for, where nobody answers."""
    command = ["cloudformation", "package", "--region", "eu-west-1", "--s3-bucket", "code", "--template-file", "template.yaml"]
    nobody = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = run(dist, TOOLS / "aws", *command, "--output-template-file", "out.yaml", **nobody)
    assert done.returncode == 0, done.stderr
    keys = re.findall(r"Fn::Sub: (\$\{CodePrefix\}\S+)", (dist / "out.yaml").read_text())
    assert keys == [f"${{CodePrefix}}{function}-${{Architecture}}.zip" for function in ("heal", "watch")]
