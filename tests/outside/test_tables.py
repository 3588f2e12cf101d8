"""The tables of crates/diagnosis/data, judged by the public packages that they are made from."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "crates" / "diagnosis" / "data"
# Packages of their own: what botocore the other tests use is no matter of the tables.
PYTHON = ROOT / ".tools" / "tables" / "bin" / "python"


def tables(*arguments):
    return subprocess.run([PYTHON, ROOT / "tools" / "tables", *arguments], capture_output=True, text=True)


def test_the_tables_are_what_their_sources_say():
    done = tables("--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    "name, written, said",
    [
        ("calls.txt", "sns:PublishBatch certain sns:Publish\n", "+sns:PublishBatch certain sns:Publish"),
        ("resource_tags.txt", "cloudwatch:GetDashboard dashboard*\n", "+cloudwatch:GetDashboard dashboard*"),
        ("error_codes.txt", "Throttling | throttled | * | * | - | -\n", "+Throttling | throttled | * | * | - | -"),
    ],
)
def test_a_row_that_is_lost_is_seen(tmp_path, name, written, said):
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    whole = (DATA / name).read_text()
    assert whole.count(written) == 1
    (tmp_path / name).write_text(whole.replace(written, ""))
    done = tables("--check", tmp_path)
    assert done.returncode == 1 and said in done.stdout, done.stdout + done.stderr


def test_how_much_they_know():
    done = tables("--figures")
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    figures = json.loads(done.stdout)
    assert figures["certain ones whose action the reference does not know"] == []
    assert figures["codes modelled as denial or throttling that no table knows"] == {}
    kinds = ("certain", "several", "parameter", "guessed", "unknown")
    assert sum(figures[kind] for kind in kinds) == figures["operations"] > 20_000
    # What a denial without a word can be decided on: two thirds of all calls.
    assert 0.65 < (figures["certain"] + figures["parameter"]) / figures["operations"] < 0.75


def test_every_decision_by_hand_says_why():
    for path in sorted((DATA / "by_hand").glob("*.txt")):
        rows = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        assert rows and rows == sorted(rows, key=lambda row: row.split(" | ")[0]), path.name
        reasons = [row.rsplit(" | ", 1)[1] for row in rows]
        assert all(reason.startswith("https://docs.aws.amazon.com/") or len(reason) > 20 for reason in reasons), path.name
    calls = (DATA / "by_hand" / "calls.txt").read_text().splitlines()
    pages = [line.rsplit(" | ", 1)[1] for line in calls if not line.startswith("#")]
    assert all(page.startswith("https://docs.aws.amazon.com/") for page in pages)
