#!/usr/bin/env bash
# Guess: a query over CloudTrail's requestParameters that names a field nobody sends is either an error or NULL, always.
# What happens: it depends on how many kinds of calls are in the file. DuckDB makes a STRUCT of requestParameters while the keys
#   are few, and then an unknown field is a binder error. With a dozen calls that share no key it makes a MAP(VARCHAR, VARCHAR),
#   and the same query answers NULL.
# Versions: duckdb 2.0.1.
# Why it matters: a query tried on an hour of one service's log and run on a day of all of them changes from "you misspelled
#   it" to "nobody did that".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" duckdb==2.0.1
cd "$dir" && PYTHONPATH="$dir" python3 - <<'PY'
import json, sys, duckdb
names = ["bucketName", "roleName", "keyId", "functionName", "instanceArn", "queueUrl", "topicArn", "tableName", "trailName",
         "policyArn", "groupName", "userName", "clusterName", "streamName"]

def read(count):
    with open("log.jsonl", "w") as log:
        log.writelines(json.dumps({"requestParameters": {name: "x"}}) + "\n" for name in names[:count])
    kind = duckdb.sql("select typeof(requestParameters) from read_json('log.jsonl') limit 1").fetchall()[0][0]
    try:
        found = duckdb.sql("select count(*) from read_json('log.jsonl') where requestParameters.rolName is not null").fetchall()[0][0]
    except duckdb.BinderException as error:
        found = "BinderException: " + str(error).splitlines()[0]
    return kind, found

few, many = read(4), read(len(names))
print("duckdb", duckdb.__version__)
print("  four kinds of calls:", few[0], "| rolName:", few[1])
print(" ", len(names), "kinds of calls:", many[0], "| rolName:", many[1])
sys.exit(not (few[0].startswith("STRUCT") and "BinderException" in few[1] and many == ("MAP(VARCHAR, VARCHAR)", 0)))
PY
