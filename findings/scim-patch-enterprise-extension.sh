#!/usr/bin/env bash
# Guess: a SCIM PATCH that sets the department by an object under the URN of the enterprise extension, without a path or with the
#   URN as path, does what the one with the path URN:department does.
# What happens: scim-patch takes the dot in "2.0" for a path. The department stays, and the new one lands in a new attribute
#   "urn:...:enterprise:2.0" with a child "User". No error. scim2-models sets the department by both forms.
# Versions: scim-patch 0.8.3, scim2-models 0.12.3.
# Why it matters: the department is what ABAC turns into a session tag. A provisioning bridge built on this package answers the
#   IdP with success and leaves the old value, and the person is denied by a tag that both sides believe to be new.
# Source: RFC 7644, section 3.5.2: an operation without a path has an object of attributes as its value.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" scim-patch@0.8.3
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" scim2-models==0.12.3
(cd "$dir" && node - <<'JS'
const { scimPatch } = require("scim-patch");
const extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const operations = {
  "path to the attribute": { op: "replace", path: `${extension}:department`, value: "Ops" },
  "no path": { op: "replace", value: { [extension]: { department: "Ops" } } },
  "path to the extension": { op: "replace", path: extension, value: { department: "Ops" } },
};
console.log("scim-patch", require("scim-patch/package.json").version);
const seen = Object.entries(operations).map(([name, operation]) => {
  const user = scimPatch({ schemas: [extension], userName: "jane", [extension]: { department: "Finance" } }, [operation]);
  const stray = Object.keys(user).filter((key) => key.endsWith(":2.0"));
  console.log(`  ${name.padEnd(22)}`, user[extension].department, stray.length ? `and ${stray} = ${JSON.stringify(user[stray])}` : "");
  return `${user[extension].department}/${stray.length}`;
});
process.exit(seen.join() === "Ops/0,Finance/1,Finance/1" ? 0 : 1);
JS
)
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, sys
from scim2_models import Context, EnterpriseUser, PatchOp, User
extension, model = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", User[EnterpriseUser]
seen = []
for operation in ({"op": "replace", "path": extension + ":department", "value": "Ops"},
                  {"op": "replace", "value": {extension: {"department": "Ops"}}}):
    user = model.model_validate({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", extension], "userName": "jane",
                                 extension: {"department": "Finance"}})
    PatchOp[model].model_validate({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]},
                                  context={"scim": Context.RESOURCE_PATCH_REQUEST}).patch(user)
    seen.append(user.model_dump()[extension]["department"])
print("scim2-models", importlib.metadata.version("scim2-models"), seen)
sys.exit(seen != ["Ops", "Ops"])
PY
