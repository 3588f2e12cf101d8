#!/usr/bin/env bash
# Guess: a library that writes SAML assertions leaves an attribute out when the person has no value for it.
# What happens: saml, which samlp and saml-idp write with, sends the word "null" for null and NaN for a number that is none; only
#   undefined is left out. samlify sends an attribute without a value for null, and for a field that the caller has
#   not named at all the placeholder itself, {attrDepartment}.
# Versions: saml 4.0.0, samlify 2.13.1.
# Why it matters: a directory says null for "not set". Everybody without a department then shares the session tag
#   Department=null, which one resource tagged null is enough to match; with the braces STS takes none of the tags.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" saml@4.0.0 samlify@2.13.1
cd "$dir" && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=idp 2>/dev/null
node --no-warnings - <<'JS'
const { readFileSync } = require("node:fs");
const { Saml20 } = require("saml"), { SamlLib } = require("samlify");
const name = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:Department";
const value = (xml) => {
  if (!xml.includes(name)) return "no attribute";
  return xml.match(/<saml:AttributeValue[^>]*?(?:\/>|>([^<]*)<)/)?.[1] ?? "no value";
};
const options = { key: readFileSync("key.pem"), cert: readFileSync("cert.pem") };
const saml = (department) => value(Saml20.create({ ...options, attributes: { [name]: department } }));
const template = SamlLib.attributeStatementBuilder([{ name, nameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
  valueTag: "department", valueXsiType: "xs:string" }]);
const samlify = (values) => value(SamlLib.replaceTagsByValue(template, values));
const seen = {
  saml: { Finance: saml("Finance"), null: saml(null), NaN: saml(NaN), undefined: saml(undefined) },
  samlify: { Finance: samlify({ attrDepartment: "Finance" }), null: samlify({ attrDepartment: null }), "not named": samlify({}) },
};
console.log("saml", require("saml/package.json").version, seen.saml);
console.log("samlify", require("samlify/package.json").version, seen.samlify);
process.exit(Object.values(seen).flatMap((found) => Object.values(found)).join() ===
  "Finance,null,NaN,no attribute,Finance,no value,{attrDepartment}" ? 0 : 1);
JS
