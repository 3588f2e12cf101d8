#!/usr/bin/env bash
# Guess: a value that Identity Store takes for a user's attribute can become that user's session tag.
# What happens: Identity Store allows marks, symbols and all punctuation and 1,024 characters; a session tag of STS allows
#   letters, digits, spaces and _ . : / = + - @ and 256 characters. "R&D", "Legal (EU)", "Ops, West", "L'Oreal" and a
#   title of 300 letters are fine as an attribute and no session tag. Only "Finance" and "R+D" are both.
# Versions: the service models in botocore 1.44.8; regex 2024.11.6 for the \p{..} classes, which Python's re refuses.
# Why it matters: an attribute mapping that is right for everybody fails for the one department with an ampersand in its
#   name. The store, the mapping and the policies all look well.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" botocore==1.44.8 regex==2024.11.6
PYTHONPATH="$dir" python3 - <<'PY'
import re, sys, botocore, botocore.session, regex
loader = botocore.session.get_session().get_component("data_loader")
shape = lambda service, name: loader.load_service_model(service, "service-2")["shapes"][name]
attribute, tag = shape("identitystore", "SensitiveStringType"), shape("sts", "tagValueType")

def allowed(rule, value):
    return rule["min"] <= len(value) <= rule["max"] and bool(regex.fullmatch(rule["pattern"], value))

print("botocore", botocore.__version__)
print("attribute", attribute["min"], attribute["max"], repr(attribute["pattern"]))
print("tag      ", tag["min"], tag["max"], repr(tag["pattern"]))
seen = {}
for value in ["Finance", "R+D", "R&D", "Legal (EU)", "Ops, West", "L'Oreal", "x" * 300]:
    seen[value] = allowed(attribute, value), allowed(tag, value)
    print(f"  {value[:12]!r:16} attribute {seen[value][0]!s:5} session tag {seen[value][1]}")
try:
    re.compile(tag["pattern"])
    refused = False
except re.error as error:
    refused = True
    print("  Python's re on the model's pattern:", error)
both = [value for value, (stored, sent) in seen.items() if stored and sent]
sys.exit(not (refused and both == ["Finance", "R+D"] and all(stored for stored, _ in seen.values())))
PY
