#!/usr/bin/env bash
# Guess: python-hcl2 gives the strings of a Terraform file as Terraform reads them, so the source of an attribute mapping compares
#   equal with what Identity Center's API returns, ${path:enterprise.department}.
# What happens: Terraform needs the dollar doubled, and python-hcl2 leaves it doubled and leaves the quotes on: the value is
#   "$${path:enterprise.department}" with both quotes inside the string. A real interpolation has one dollar and the same
#   quotes. In toset([...]) the list becomes one string of source text.
# Versions: python-hcl2 8.1.4.
# Why it matters: a drift check that compares mappings in Terraform with the live instance finds every one of them changed, and a
#   mapping in a set finds no list to compare.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" python-hcl2==8.1.4
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, sys, hcl2
source = '''
resource "aws_ssoadmin_instance_access_control_attributes" "abac" {
  attribute {
    key = "Department"
    value {
      source = ["$${path:enterprise.department}"]
    }
  }
  attribute {
    key = "CostCenter"
    value {
      source = toset(["$${path:enterprise.costCenter}"])
    }
  }
  instance_arn = "${local.arn}"
}
'''
[resource] = hcl2.loads(source)["resource"]
[kind] = resource
[body] = [value for value in resource[kind].values() if isinstance(value, dict)]
listed, in_set = (attribute["value"][0]["source"] for attribute in body["attribute"])
print("python-hcl2", importlib.metadata.version("python-hcl2"))
for name, value in ("kind", kind), ("in a list", listed), ("in a set", in_set), ("interpolation", body["instance_arn"]):
    print(f"  {name:13} {value!r}")
sys.exit(not (kind == '"aws_ssoadmin_instance_access_control_attributes"' and listed == ['"$${path:enterprise.department}"']
              and in_set == '${toset(["$${path:enterprise.costCenter}"])}' and body["instance_arn"] == '"${local.arn}"'))
PY
