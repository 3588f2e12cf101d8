#!/usr/bin/env bash
# Guess: an ARN parser that gives the resource as one field gives all of it.
# What happens: aws-arn-parser splits at every colon, knows six names, and gives the rest the key "undefined", each over the last. A
#   Lambda version loses the function's name, a log group its name, an S3 key with colons its middle. The SDK's own
#   parser keeps all of it.
# Versions: aws-arn-parser 1.0.1, @aws-sdk/util-arn-parser 3.972.51.
# Why it matters: resources[].ARN and the ARNs in requestParameters of CloudTrail are of this form for many services: two
#   functions with a version 7 become the same resource.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" aws-arn-parser@1.0.1 @aws-sdk/util-arn-parser@3.972.51
cd "$dir" && node --no-warnings - <<'JS'
const parser = require("aws-arn-parser"), parse = parser.default ?? parser;
const { parse: sdk } = require("@aws-sdk/util-arn-parser");
const account = "eu-west-1:111122223333";
const arns = {
  "bills:7": `arn:aws:lambda:${account}:function:bills:7`,
  "wages:7": `arn:aws:lambda:${account}:function:wages:7`,
  "log group": `arn:aws:logs:${account}:log-group:/aws/lambda/bills:*`,
  "key with colon": "arn:aws:s3:::reports/2026:11:27.csv",
};
console.log("aws-arn-parser", require("aws-arn-parser/package.json").version);
const seen = Object.entries(arns).map(([name, arn]) => {
  const { relativeId, undefined: rest } = parse(arn);
  console.log(`  ${name.padEnd(15)}`, JSON.stringify({ relativeId, undefined: rest }), "| SDK:", sdk(arn).resource);
  return `${relativeId} ${rest}`;
});
process.exit(seen.join() === "function 7,function 7,log-group *,reports/2026 27.csv" ? 0 : 1);
JS
