#!/usr/bin/env bash
# Guess: two SCIM filter parsers find Jane by userName eq "JANE", by USERNAME eq "jane", and by the attribute's full URN.
# What happens: scim2-parse-filter compares values by case and finds nobody for the first; scim2-filter-parser writes UPPER()
#   on both sides, but has no SQL at all (None) for another case of the attribute's name, and none for an attribute it
#   was not told of. Neither knows the full URN of a core attribute, though both read that of the enterprise extension.
# Versions: scim2-parse-filter 0.2.10, scim2-filter-parser 0.7.0.
# Why it matters: an IdP asks by userName before it creates a person. "Nobody" makes a second person, with the department and
#   without the group, or a refusal for the duplicate name.
# Source: RFC 7643, sections 2.1 and 4.1.1 (names have no case, userName is not caseExact); RFC 7644, section 3.10 (URNs).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" scim2-parse-filter@0.2.10
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" scim2-filter-parser==0.7.0
filters='["userName eq \"jane\"", "userName eq \"JANE\"", "USERNAME eq \"jane\"",
  "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"jane\"",
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"Finance\""]'
(cd "$dir" && FILTERS=$filters node - <<'JS'
const { filter, parse } = require("scim2-parse-filter");
const user = { userName: "jane", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Finance" } };
const seen = JSON.parse(process.env.FILTERS).map((text) => filter(parse(text))(user));
console.log("scim2-parse-filter", require("scim2-parse-filter/package.json").version, "finds Jane:", seen.join());
process.exit(seen.join() === "true,false,true,false,true" ? 0 : 1);
JS
)
FILTERS=$filters PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, os, sys
from scim2_filter_parser.queries import SQLQuery
columns = {("userName", None, None): "users.name",
           ("department", None, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"): "users.department"}
seen = [SQLQuery(text, "users", columns).where_sql for text in json.loads(os.environ["FILTERS"])]
print("scim2-filter-parser", importlib.metadata.version("scim2-filter-parser"), "where:", seen)
insensitive = "UPPER(users.name) = UPPER({a})"
sys.exit(seen != [insensitive, insensitive, None, None, "users.department = {a}"])
PY
