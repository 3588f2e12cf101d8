#!/usr/bin/env bash
# Guess: a string that is given to CDK for Terraform arrives in Terraform as that string.
# What happens: cdktf writes ${path:enterprise.department} and ${aws:PrincipalTag/Department} into its JSON as they are, and there one
#   dollar begins an expression of Terraform's. Read as Terraform, the mapping's source and the whole policy are null.
#   Fn.rawString doubles the dollar, and then the value is right.
# Versions: cdktf 0.21.0, constructs 10.4.2; tfparse 0.6.22 as the reader.
# Why it matters: each source of an attribute mapping and each policy that compares tags has such a dollar. A scanner that goes over the
#   synthesized stack sees a policy and a mapping that are null, and has nothing to complain of.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" cdktf@0.21.0 constructs@10.4.2
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir/python" tfparse==0.6.22
mkdir "$dir/stack"
(cd "$dir" && node --no-warnings - >stack/main.tf.json <<'JS'
const { Fn, TerraformResource, TerraformStack, Testing } = require("cdktf");
const stack = new TerraformStack(Testing.app(), "stack");
const resource = (name, type, overrides) => {
  const made = new TerraformResource(stack, name, { terraformResourceType: type });
  for (const [key, value] of Object.entries(overrides)) made.addOverride(key, value);
};
const source = "${path:enterprise.department}";
resource("abac", "aws_ssoadmin_instance_access_control_attributes", { attribute: [
  { key: "plain", value: [{ source: [source] }] }, { key: "raw", value: [{ source: [Fn.rawString(source)] }] }] });
resource("policy", "aws_iam_policy", { policy: JSON.stringify({ Version: "2012-10-17", Statement: [
  { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/${aws:PrincipalTag/Department}/*" }] }) });
console.log(Testing.synth(stack));
JS
)
PYTHONPATH="$dir/python" python3 - "$dir/stack" <<'PY'
import importlib.metadata, pathlib, sys, tfparse
text = (pathlib.Path(sys.argv[1]) / "main.tf.json").read_text()
read = tfparse.load_from_path(sys.argv[1])
[abac], [policy] = read["aws_ssoadmin_instance_access_control_attributes"], read["aws_iam_policy"]
sources = {attribute["key"]: attribute["value"][0]["source"] for attribute in abac["attribute"]}
print("tfparse", importlib.metadata.version("tfparse"), "sources:", sources, "policy:", policy["policy"])
print("  in the JSON:", [line.strip() for line in text.splitlines() if "path:" in line or "PrincipalTag" in line])
sys.exit(not (sources == {"plain": [None], "raw": ["${path:enterprise.department}"]} and policy["policy"] is None
              and '"$${path:enterprise.department}"' in text))
PY
