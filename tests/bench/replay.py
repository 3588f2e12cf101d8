"""What reading a lot of records costs beside other programs, in one run: only the ratios may be compared.

Usage: replay.py TAGMEND GENERATE MEASURE [--write]; RECORDS=100000,1000000 says how many, THEIRS_UP_TO=100000 up to
how many jq and DuckDB run. Needs zcat, jq and the Python
package duckdb.
"""

import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[2]
FILES = ROOT / ".bench"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
BUILD = os.environ.get("BUILD", "release")
PROFILE = f"`tagmend` was built with the profile `{BUILD}` of `Cargo.toml`" + (
    "." if BUILD == "release" else ", which optimises across crates less than a release."
)
BEGIN, END = "<!-- replay: made by make bench -->\n", "<!-- replay: end -->\n"
JQ = '[.Records[] | select(.errorCode != null)] | group_by(.errorCode) | map([.[0].errorCode, length])'
DUCKDB = """
import duckdb, sys
duckdb.sql("SET threads = 2")
print(duckdb.sql(f\"\"\"
  SELECT r.errorCode, count(*) FROM (
    SELECT unnest(Records) AS r FROM read_json('{sys.argv[1]}/*.gz', columns = {{Records: 'STRUCT(errorCode VARCHAR)[]'}},
    maximum_object_size = 200000000)) WHERE r.errorCode IS NOT NULL GROUP BY 1\"\"\").fetchall())
"""


def run(command):
    """Wall time and peak memory of a command that prints to nowhere."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 2), f"{command}: {process.returncode}"
    return time.perf_counter() - begun, usage.ru_maxrss << 10


def bench(tagmend, generate, measure, records):
    folder = FILES / str(records)
    if not folder.exists():
        subprocess.run([generate, folder, str(records), "1"], check=True)
    files = sorted(folder.iterdir())
    shell = lambda text: ["sh", "-c", text]
    commands = {
        "zcat to nothing": shell(f"zcat {folder}/*.gz > /dev/null"),
        "tagmend replay --summary": [tagmend, "replay", "--summary", folder],
        "jq, a filter by error code": shell(f"zcat {folder}/*.gz | jq -c '{JQ}' > /dev/null"),
        "DuckDB, read_json": [sys.executable, "-c", DUCKDB, str(folder)],
    }
    # They take minutes for a million.
    if records > int(os.environ.get("THEIRS_UP_TO", "1000000")):
        commands = dict(list(commands.items())[:2])
    times, memory = {name: [] for name in commands}, {name: 0 for name in commands}
    # One after another in each round, so that what else the machine does meets all of them.
    for _ in range(ROUNDS):
        for name, command in commands.items():
            seconds, peak_bytes = run(command)
            times[name].append(seconds)
            memory[name] = max(memory[name], peak_bytes)
    size = sum(file.stat().st_size for file in files) >> 20
    zcat = times["zcat to nothing"]
    print(f"{records} records in {len(files)} files, {size} MB packed")
    rows = []
    for name in commands:
        ratios = [ours / theirs for ours, theirs in zip(times[name], zcat)]
        row = (name, statistics.median(ratios), min(ratios), max(ratios), memory[name] >> 20)
        print("  {:28} {:6.2f} times zcat ({:.2f} to {:.2f}), {:4} MB".format(*row))
        rows.append(row)
    scan = None
    if records <= 100_000:
        scans = [float(subprocess.run([measure, folder], check=True, capture_output=True, text=True).stdout) for _ in range(ROUNDS)]
        scan = statistics.median(scans)
        print(f"  reading and sorting out a record: {scan} times a serde_json scan of its bytes")
    return records, rows, scan


def document(results):
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    lines = [
        f"Measured on {os.cpu_count()} cores ({cpu.group(1) if cpu else platform.machine()}), {ROUNDS} rounds, in each all "
        f"programs one after another; the ratio is the median of the rounds', with the least and the most. {PROFILE}", "",
    ]
    for records, rows, scan in results:
        lines += [f"{records:,} records, two in 100 denied or throttled:", "", "| program | wall time, zcat = 1 | least to most | peak memory |", "|---|---|---|---|"]
        lines += ["| {} | {:.2f} | {:.2f} to {:.2f} | {} MB |".format(*row) for row in rows]
        lines.append("")
        if scan:
            lines += [f"Reading a record and sorting it out takes {scan} times what a serde_json scan of its bytes takes that builds nothing, by "
                "the time that both are on a core, file by file in turns.", ""]
    return "\n".join(lines)


def main():
    tagmend, generate, measure = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    counts = [int(count) for count in os.environ.get("RECORDS", "100000").split(",")]
    results = [bench(tagmend, generate, measure, count) for count in counts]
    if "--write" in sys.argv:
        path = ROOT / "docs" / "performance.md"
        text = path.read_text()
        before, rest = text.split(BEGIN)
        _, after = rest.split(END)
        path.write_text(before + BEGIN + "\n" + document(results) + "\n" + END + after)


main()
