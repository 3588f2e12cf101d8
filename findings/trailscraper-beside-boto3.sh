#!/usr/bin/env bash
# Guess: pip install boto3==1.44.8 trailscraper, which has no upper bound, brings the newest trailscraper, or says that it cannot.
# What happens: the newer ones each ask for another boto3 (0.10.0 for 1.38.3 and nothing else), so pip goes back to 0.5.1 without
#   a word, and that one wants python-dateutil below 2.7. With it botocore cannot read the timestamps of STS, IAM and every other XML service any more: on
#   Python 3.10 and later, parse_timestamp raises AttributeError about collections.Callable.
# Versions: boto3 1.44.8 with trailscraper up to 0.10.0, the newest; the versions that pip chose are printed.
# Why it matters: a virtual environment for looking at CloudTrail ends up with a boto3 that signs in by AssumeRole and fails on
#   the answer, far from the package that is to blame.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" boto3==1.44.8 'trailscraper<=0.10.0'
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir/alone" boto3==1.44.8
for path in "$dir/alone" "$dir"; do
  PYTHONPATH="$path" python3 - "$path" <<'PY'
import importlib.metadata, sys, botocore.utils
versions = {name: importlib.metadata.version(name) for name in ("botocore", "python-dateutil")}
beside = not sys.argv[1].endswith("alone")
if beside:
    versions["trailscraper"] = importlib.metadata.version("trailscraper")
try:
    seen = str(botocore.utils.parse_timestamp("2026-11-01T08:00:00Z"))
except AttributeError as error:
    seen = f"AttributeError: {error}"
print(versions, "->", seen)
sys.exit(seen != ("AttributeError: module 'collections' has no attribute 'Callable'" if beside else "2026-11-01 08:00:00+00:00"))
PY
done
