#!/usr/bin/env bash
# Guess: four SAML libraries that read one assertion agree on which PrincipalTag attributes it has, and on their values.
# What happens: of an empty value samlify makes [], node-saml nothing at all, python3-saml an attribute without values, and pysaml2
#   the empty string. Of a value that a pretty printer has put on a line of its own the two JavaScript libraries keep the
#   line breaks and spaces, the two Python ones do not. And pysaml2, as it comes, drops every attribute of AWS's.
# Versions: samlify 2.13.1, @node-saml/node-saml 5.1.0, pysaml2 7.5.5, python3-saml 1.16.0.
# Why it matters: a proxy between the IdP and AWS decides by its library whether a person without a team has no tag or an empty
#   one, and whether "Berlin" is equal to the tag of the resource.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" samlify@2.13.1 @node-saml/node-saml@5.1.0
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" pysaml2==7.5.5 python3-saml==1.16.0
cd "$dir"
tag=https://aws.amazon.com/SAML/Attributes/PrincipalTag
cat >assertion.xml <<XML
<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="2026-11-01T08:00:00Z">
<saml:Issuer>https://idp.example.com</saml:Issuer><saml:Subject><saml:NameID>jane@example.com</saml:NameID></saml:Subject>
<saml:AttributeStatement>
<saml:Attribute Name="$tag:Department"><saml:AttributeValue>Finance</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="$tag:Team"><saml:AttributeValue></saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="$tag:Site"><saml:AttributeValue>
  Berlin
</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>
XML
node --no-warnings - <<'JS'
const { readFileSync } = require("node:fs");
const { Extractor } = require("samlify"), { SAML } = require("@node-saml/node-saml");
const xml = readFileSync("assertion.xml", "utf8");
const short = (found) => JSON.stringify(["Department", "Team", "Site"].map((key) =>
  found[`https://aws.amazon.com/SAML/Attributes/PrincipalTag:${key}`] ?? "absent"));
(async () => {
  const samlify = short(Extractor.extract(xml, Extractor.loginResponseFields(xml)).attributes);
  const reader = new SAML({ idpCert: "x", issuer: "x", callbackUrl: "https://app.example.com", audience: false });
  const { profile } = await reader.processValidlySignedAssertionAsync(xml, `<R>${xml}</R>`, null);
  console.log("samlify     ", samlify, "\nnode-saml   ", short(profile.attributes));
  process.exit(samlify === '["Finance",[],"\\n  Berlin\\n"]' && short(profile.attributes) === '["Finance","absent","\\n  Berlin\\n"]' ? 0 : 1);
})();
JS
PYTHONPATH="$dir" python3 -W ignore - <<'PY'
import base64, sys
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2 import attribute_converter, saml
xml = open("assertion.xml").read()
short = lambda found: [found.get(f"https://aws.amazon.com/SAML/Attributes/PrincipalTag:{key}", "absent") for key in ("Department", "Team", "Site")]
statement = saml.assertion_from_string(xml).attribute_statement[0]
usual, told = (short(attribute_converter.to_local(attribute_converter.ac_factory(), statement, allow)) for allow in (False, True))
settings = OneLogin_Saml2_Settings({"strict": False, "sp": {"entityId": "x", "assertionConsumerService": {"url": "https://app.example.com/"}},
    "idp": {"entityId": "y", "singleSignOnService": {"url": "https://idp.example.com/"}, "x509cert": "z"}}, sp_validation_only=True)
response = f'<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="r" Version="2.0">{xml}</p:Response>'
onelogin = short(OneLogin_Saml2_Response(settings, base64.b64encode(response.encode())).get_attributes())
print("pysaml2      as it comes", usual, "| with allow_unknown_attributes", told, "\npython3-saml", onelogin)
sys.exit(not (usual == ["absent"] * 3 and told == [["Finance"], [""], ["Berlin"]] and onelogin == [["Finance"], [], ["Berlin"]]))
PY
