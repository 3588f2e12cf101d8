// JSON lines of requests in, JSON lines of decisions out: the other evaluator, as a program of its own.
// Written from the README of its npm package.

import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const named = (policies) => policies.map((policy, index) => ({ name: `policy${index}`, policy }))

for await (const line of createInterface({ input: process.stdin })) {
  const row = JSON.parse(line)
  const { principal, action, resource, context } = row.request
  let decision
  try {
    const response = await runSimulation(
      {
        identityPolicies: named(row.policies),
        serviceControlPolicies: (row.scps ?? []).map((level, index) => ({
          orgIdentifier: `ou-${index}`,
          policies: named(level)
        })),
        resourceControlPolicies: [],
        request: {
          principal,
          action,
          resource: { resource: resource.arn, accountId: resource.accountId },
          contextVariables: context
        }
      },
      {}
    )
    decision = response.resultType === 'error' ? null : response.overallResult
    if (decision === null) row.error = JSON.stringify(response.errors)
  } catch (error) {
    decision = null
    row.error = String(error)
  }
  console.log(JSON.stringify({ id: row.id, decision, error: row.error }))
}
