#!/usr/bin/env bash
# Guess: DuckDB reads a CloudTrail log of two services' TagResource calls, and with ignore_errors=true it drops at most a record.
# What happens: the services spell the parameter resourceArn and resourceARN, and DuckDB's column names have no case: the read
#   fails with "Duplicate name". With ignore_errors=true, as the message advises, both records come back and the ARN of one
#   service is NULL. Reading with maximum_depth=1 keeps both, as JSON.
# Versions: duckdb 2.0.1; the two spellings from the models of sso-admin and events in botocore 1.44.8, first letter
#   lowered as CloudTrail does.
# Why it matters: "which resources were tagged?" answered from such a table misses a whole service without a word.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" duckdb==2.0.1 botocore==1.44.8
cd "$dir" && PYTHONPATH="$dir" python3 - <<'PY'
import json, sys, botocore.session, duckdb
loader = botocore.session.get_session().get_component("data_loader")
records = []
for service, source in ("sso-admin", "sso.amazonaws.com"), ("events", "events.amazonaws.com"):
    members = loader.load_service_model(service, "service-2")["shapes"]["TagResourceRequest"]["members"]
    name = next(name for name in members if name.lower() == "resourcearn")
    records.append({"eventSource": source, "requestParameters": {name[0].lower() + name[1:]: f"arn of {service}"}})
with open("log.jsonl", "w") as log:
    log.writelines(json.dumps(record) + "\n" for record in records)
print("duckdb", duckdb.__version__, [list(record["requestParameters"]) for record in records])
try:
    plain = duckdb.sql("select * from read_json('log.jsonl')").fetchall()
except duckdb.Error as error:
    plain = str(error)
ignoring = duckdb.sql("select eventSource, requestParameters.resourceArn from read_json('log.jsonl', ignore_errors=true)").fetchall()
shallow = duckdb.sql("""select coalesce(requestParameters->>'resourceArn', requestParameters->>'resourceARN')
                        from read_json('log.jsonl', maximum_depth=1)""").fetchall()
print("  plain        ", plain)
print("  ignore_errors", ignoring)
print("  maximum_depth", shallow)
sys.exit(not ('Duplicate name "resourceARN"' in plain and [arn for _, arn in ignoring] == ["arn of sso-admin", None]
              and shallow == [("arn of sso-admin",), ("arn of events",)]))
PY
