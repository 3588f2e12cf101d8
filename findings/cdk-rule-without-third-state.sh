#!/usr/bin/env bash
# Guess: the CDK's construct for an EventBridge rule can say each state that a rule can have.
# What happens: its only switch is enabled, which becomes ENABLED or DISABLED. state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
#   the third value of EventBridge's enum, is passed over without a word in JavaScript; only an override on the resource
#   below gets it into the template.
# Versions: aws-cdk-lib 2.276.0, constructs 10.8.1.
# Why it matters: a rule in state ENABLED sees no read-only management event. Made with the CDK, a rule on AccessDenied misses the denied
#   List, Get and Describe calls, which are most of them, and looks right in every review.
# Source: the enum RuleState in the model of events; EventBridge User Guide, "Read-only management events from AWS services".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" aws-cdk-lib@2.276.0 constructs@10.8.1
cd "$dir" && node --no-warnings - 2>/dev/null <<'JS'
const { App, Stack, aws_events: events } = require("aws-cdk-lib");
const third = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
const state = (properties, override) => {
  const app = new App({ outdir: `${process.cwd()}/out` }), stack = new Stack(app, "Stack");
  const rule = new events.Rule(stack, "Rule", { eventPattern: { source: ["aws.s3"] }, ...properties });
  if (override) rule.node.defaultChild.state = override;
  return Object.values(app.synth().getStackByName("Stack").template.Resources)[0].Properties.State;
};
const seen = [state({ enabled: true }), state({ enabled: false }), state({ state: third }), state({}, third)];
console.log("aws-cdk-lib", require("aws-cdk-lib/package.json").version, seen);
process.exit(seen.join() === `ENABLED,DISABLED,ENABLED,${third}` ? 0 : 1);
JS
