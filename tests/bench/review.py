"""How long `tagmend review` takes over a year: 365 folded days of 10,000 runs, 2,000 fixes, and 500 runs of today.

usage: python3 tests/bench/review.py PATH-OF-TAGMEND
"""

import datetime
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
RUNS, FIXES, TODAY = 10_000, 2_000, 500
MOST_SECONDS, MOST_MEGABYTES = 2.0, 100
THING = {"kind": "restore_mapping", "key": "Department"}
WHO = {"cause": "mapping_missing", "rule": "mapping_missing.by_tags", "account": "111122223333"}
WHO |= {"permission_set": "FinanceGuarded"}


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def object_time(at):
    return at.strftime("%Y%m%dT%H%M%S.000Z")


def user(number):
    return f"{number % 700:016x}"


def attempt(at):
    return WHO | {
        "change": THING,
        "users": 1,
        "result": "fixed",
        "limit": None,
        "until": None,
        "error": None,
        "fix": f"{object_time(at)}/restore_mapping/Department",
        "repeats": None,
        "denied": stamp(at - datetime.timedelta(minutes=2)),
        "made": stamp(at),
        "seen": stamp(at + datetime.timedelta(seconds=1)),
    }


def fix(at, number):
    name = f"{object_time(at)}/restore_mapping/Department"
    mappings = [{"key": f"Key{index}", "source": "${path:title}"} for index in range(10)]
    mapping = {"key": "Department", "source": "${path:enterprise.department}"}
    return f"fixes/{name}.json", {
        "schema": 1,
        "id": name,
        "time": stamp(at),
        "fencing": number,
        "change": {"kind": "restore_mapping"} | mapping,
        "plan": [{"kind": "restore_mapping"} | mapping],
        "diagnosis": {"cause": "mapping_missing", "keys": ["Department"], "evidence": ["x" * 200], "users": [user(number)]},
        "events": {"count": 3, "users": 2, "first": ["7b1f2e00-0000-4000-8000-000000000201"]},
        "before": {"attribute_mappings": mappings},
        "after": {"attribute_mappings": [*mappings, mapping]},
        "verified": True,
        "ended": stamp(at + datetime.timedelta(seconds=1)),
    }


def day(date, runs, fixes):
    hours = [runs // 24 + (hour < runs % 24) for hour in range(24)]
    by_user = {user(date.toordinal() + number): {"12": 1} for number in range(min(runs, 50))}
    return f"days/{date.isoformat()}.json", {
        "schema": 1,
        "date": date.isoformat(),
        "runs": {"apply": runs, "plan": 0, "watch": 24},
        "denials": [WHO | {"keys": ["Department"], "hours": hours, "users": len(by_user), "by_user": by_user}],
        "unanswered": 0,
        "made": [attempt(at) for at in fixes],
        "not_made": [],
        "looks": {"whole": 24, "kinds": {}, "undone": [], "denied_again": [], "mappings_in_use": 11},
    }


def run(at, number):
    denials = WHO | {
        "keys": ["Department"],
        "user": user(number),
        "action": "s3:ListAllMyBuckets",
        "first": stamp(at),
        "last": stamp(at),
        "sessions_end": stamp(at + datetime.timedelta(hours=1)),
        "calls": [f"{number:016x}"],
        "changes": [],
    }
    return f"runs/{object_time(at)}-request-{number}.json", {
        "schema": 1,
        "request": f"request-{number}",
        "function": "heal",
        "mode": "apply",
        "began": stamp(at),
        "ended": stamp(at + datetime.timedelta(seconds=1)),
        "denials": [denials],
        "unanswered": [],
        "changes": [],
        "look": None,
    }


def world():
    world = json.loads((ROOT / "events" / "world.json").read_text())
    midnight = NOW.replace(hour=0)
    objects = {}
    times = [NOW - datetime.timedelta(minutes=60 + number * 262) for number in range(FIXES)]
    for number in range(365):
        date = (midnight - datetime.timedelta(days=number + 1)).date()
        fixes = [at for at in times if at.date() == date]
        objects |= [day(date, RUNS // 365 + (number < RUNS % 365), fixes)]
    objects |= [fix(at, number) for number, at in enumerate(times)]
    for number in range(TODAY):
        objects |= [run(midnight + datetime.timedelta(seconds=number * 80), number)]
    world["now"] = stamp(NOW)
    world["journal"]["objects"] = objects
    return world


def main(tagmend):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "world.json"
        path.write_text(json.dumps(world()))
        sandbox = subprocess.Popen(
            [tagmend, "sandbox", "--port", "0", "--world", path], stdout=subprocess.PIPE, text=True
        )
        environment = dict(os.environ)
        for line in sandbox.stdout:
            if not line.startswith("export "):
                break
            name, value = line.removeprefix("export ").strip().split("=", 1)
            environment[name] = value
        bucket = environment["JOURNAL_BUCKET"]
        where = ["--live", "--region", "eu-west-1", "--journal-bucket", bucket, "--baseline", ROOT / "events/baseline.json"]
        begins = time.monotonic()
        out = subprocess.run(
            [tagmend, "review", *where, "--from", stamp(NOW - datetime.timedelta(days=365)), "--json",
             "--to", stamp(NOW.replace(year=2026)), "--html", pathlib.Path(folder) / "page.html"],
            env=environment, capture_output=True, text=True,
        )
        seconds = time.monotonic() - begins
        megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        with urllib.request.urlopen(environment["AWS_ENDPOINT_URL"] + "/_sandbox/calls") as answer:
            calls = json.load(answer)
        sandbox.terminate()
        sandbox.wait()
        review = json.loads(out.stdout)
        assert review["unread"] == [], review["unread"]
        print(f"{len(review['fixes'])} fixes, {review['figures']['denials']} denials")
        print(f"{seconds:.2f} s, {megabytes:.0f} MB, {calls['total']} requests: {calls['by_operation']}")
        return seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1]))
