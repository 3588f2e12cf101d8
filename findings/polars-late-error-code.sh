#!/usr/bin/env bash
# Guess: a data frame of a CloudTrail log has a column for each field that is in the log, or the read fails.
# What happens: polars decides by the first 100 records. When the first denial comes later, read_ndjson and DataFrame(records)
#   have no errorCode, and onBehalfOf is gone from userIdentity; all rows are there and nothing is raised. DataFusion does
#   the same after 1,000 records. DuckDB looks at 20,480 and keeps the column. pandas keeps it.
# Versions: polars 2.1.0, datafusion 55.0.0, duckdb 2.0.1, pandas 3.0.0.
# Why it matters: errorCode is the field that most records do not have. "No column errorCode" reads as "no denials in this log".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" polars==2.1.0 datafusion==55.0.0 duckdb==2.0.1 pandas==3.0.0
cd "$dir" && PYTHONPATH="$dir" python3 - <<'PY'
import json, sys, datafusion, duckdb, pandas, polars

def record(denied):
    call = {"eventName": "GetObject", "userIdentity": {"type": "AssumedRole"}}
    if denied:
        call |= {"errorCode": "AccessDenied", "userIdentity": {"type": "AssumedRole", "onBehalfOf": {"userId": "u"}}}
    return call

def columns(before):
    records = [record(False)] * before + [record(True)] * 50
    with open("log.ndjson", "w") as log:
        log.writelines(json.dumps(call) + "\n" for call in records)
    context = datafusion.SessionContext()
    context.register_json("log", "log.ndjson", file_extension=".ndjson")
    return {
        "polars.read_ndjson": polars.read_ndjson("log.ndjson"), "polars.DataFrame": polars.DataFrame(records),
        "datafusion": context.sql("select * from log").to_pandas(), "duckdb": duckdb.sql("from read_json('log.ndjson')").df(),
        "pandas": pandas.read_json("log.ndjson", lines=True),
    }

print("polars", polars.__version__, "datafusion", datafusion.__version__, "duckdb", duckdb.__version__, "pandas", pandas.__version__)
seen = {}
for before in 50, 150, 1500:
    frames = columns(before)
    seen[before] = ["errorCode" in frame.columns for frame in frames.values()]
    assert all(len(frame) == before + 50 for frame in frames.values())
    print(f"  first denial is record {before + 1:4}:", dict(zip(frames, seen[before])))
nested = frames["polars.read_ndjson"].schema["userIdentity"]
print("  userIdentity in polars:", nested)
sys.exit(not (seen == {50: [True] * 5, 150: [False, False, True, True, True], 1500: [False, False, False, True, True]}
              and "onBehalfOf" not in str(nested)))
PY
