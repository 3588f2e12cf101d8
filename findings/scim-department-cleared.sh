#!/usr/bin/env bash
# Guess: "remove the department", "replace it by null" and "replace it by nothing" leave a SCIM user without a department.
# What happens: scim2-models does so for the first two. scim-patch keeps the department with the value null. SCIMMY does so for a user
#   who has another enterprise attribute and refuses, "Cannot convert undefined or null to object", when the department was
#   the only one. The empty string stays an empty string in all three.
# Versions: scim-patch 0.8.3, scimmy 1.3.5, scim2-models 0.12.3.
# Why it matters: a mover's department should end, and with it the session tag. It depends on the library whether the tag is gone,
#   empty, or still the old one because the IdP's request failed and is retried for ever.
# Source: RFC 7643, section 2.5: null, and no value at all, both mean unassigned.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" scim-patch@0.8.3 scimmy@1.3.5
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" scim2-models==0.12.3
cat >"$dir/cases.json" <<'JSON'
{"operations": [{"op": "remove"}, {"op": "replace", "value": null}, {"op": "replace", "value": ""}],
 "people": [{"department": "Finance"}, {"department": "Finance", "division": "North"}]}
JSON
(cd "$dir" && node --no-warnings - <<'JS'
const { scimPatch } = require("scim-patch"), given = require(process.cwd() + "/cases.json");
const extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User", extension];
(async () => {
  const { default: SCIMMY } = await import("scimmy");
  const { User, EnterpriseUser } = SCIMMY.Schemas;
  User.extend(EnterpriseUser, false);
  const seen = { "scim-patch": [], scimmy: [] };
  for (const person of given.people) for (const { op, value } of given.operations) {
    const operation = { op, path: `${extension}:department`, value };
    const user = { schemas, userName: "jane", [extension]: { ...person } };
    const text = (found) => JSON.stringify(found?.department) ?? "gone";
    seen["scim-patch"].push(text(scimPatch(structuredClone(user), [operation])[extension]));
    const message = new SCIMMY.Messages.PatchOp({ schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [operation] });
    seen.scimmy.push(await message.apply(new User(user, "in"), async (patched) => patched).then(
      (patched) => text(patched[extension]), (error) => error.message.slice(0, 44)));
  }
  console.log("only a department: remove, null, \"\"; then one with a division\n", seen);
  process.exit(seen["scim-patch"].join() === 'gone,null,"",gone,null,""' &&
    seen.scimmy.join() === 'gone,Cannot convert undefined or null to object f,"",gone,gone,""' ? 0 : 1);
})();
JS
)
PYTHONPATH="$dir" python3 - "$dir/cases.json" <<'PY'
import importlib.metadata, json, sys
from scim2_models import Context, EnterpriseUser, PatchOp, User
extension, model, seen = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", User[EnterpriseUser], []
given = json.load(open(sys.argv[1]))
for person in given["people"]:
    for operation in given["operations"]:
        user = model.model_validate({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", extension], "userName": "jane", extension: person})
        PatchOp[model].model_validate({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{**operation, "path": extension + ":department"}]}, context={"scim": Context.RESOURCE_PATCH_REQUEST}).patch(user)
        found = user.model_dump().get(extension) or {}
        seen.append(found.get("department", "gone"))
print("scim2-models", importlib.metadata.version("scim2-models"), seen)
sys.exit(seen != ["gone", "gone", "", "gone", "gone", ""])
PY
