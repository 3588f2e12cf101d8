#!/usr/bin/env bash
# Guess: in Cedar, forbid ... unless { principal.getTag("Department") == resource.getTag("Department") } keeps out a person who has
#   no such tag, as IAM's Deny with StringNotEquals does.
# What happens: reading a tag that is not there is an error, and a policy with an error counts as not written. The forbid falls away
#   and the permit decides: Allow, with the error in the diagnostics. A wrong department is denied; a missing one, or
#   "department" in lower case, is let in. With hasTag(..) && in front it denies all three. Two builds of Cedar agree.
# Versions: cedarpy 4.12.2, @cedar-policy/cedar-wasm 4.13.0.
# Why it matters: in IAM a missing session tag closes the door that a Deny guards. Whoever moves such a rule to Verified
#   Permissions opens it to exactly the people whose attribute was never sent.
# Source: Cedar policy language guide, "Authorization": policies that error are skipped.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" cedarpy==4.12.2
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" @cedar-policy/cedar-wasm@4.13.0
cat >"$dir/cases.json" <<'JSON'
{"people": [{"Department": "Finance"}, {"Department": "Ops"}, {}, {"department": "Finance"}],
 "policies": {
  "plain": "permit(principal, action, resource); forbid(principal, action, resource) unless { principal.getTag(\"Department\") == resource.getTag(\"Department\") };",
  "with hasTag": "permit(principal, action, resource); forbid(principal, action, resource) unless { principal.hasTag(\"Department\") && principal.getTag(\"Department\") == resource.getTag(\"Department\") };"}}
JSON
cd "$dir" && PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys, cedarpy
cases, seen = json.load(open("cases.json")), []
for name, policy in cases["policies"].items():
    decisions = []
    for tags in cases["people"]:
        entities = [{"uid": {"type": "User", "id": "jane"}, "attrs": {}, "parents": [], "tags": tags},
                    {"uid": {"type": "Report", "id": "1"}, "attrs": {}, "parents": [], "tags": {"Department": "Finance"}}]
        request = {"principal": 'User::"jane"', "action": 'Action::"Read"', "resource": 'Report::"1"', "context": {}}
        decisions.append(cedarpy.is_authorized(request, policy, entities).decision.value)
    print("cedarpy", importlib.metadata.version("cedarpy"), f"{name:11}", dict(zip(map(str, cases["people"]), decisions)))
    seen += decisions
sys.exit(seen != ["Allow", "Deny", "Allow", "Allow", "Allow", "Deny", "Deny", "Deny"])
PY
node --no-warnings - <<'JS'
const cedar = require("@cedar-policy/cedar-wasm/nodejs"), { people, policies } = require(process.cwd() + "/cases.json");
const uid = (type, id) => ({ type, id });
const seen = Object.values(policies).flatMap((staticPolicies) => people.map((tags) => cedar.isAuthorized({
  principal: uid("User", "jane"), action: uid("Action", "Read"), resource: uid("Report", "1"), context: {}, policies: { staticPolicies },
  entities: [{ uid: uid("User", "jane"), attrs: {}, parents: [], tags },
             { uid: uid("Report", "1"), attrs: {}, parents: [], tags: { Department: "Finance" } }],
}).response.decision));
console.log("cedar-wasm", cedar.getCedarVersion(), seen.join());
process.exit(seen.join() === "allow,deny,allow,allow,allow,deny,deny,deny" ? 0 : 1);
JS
