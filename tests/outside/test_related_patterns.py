"""The rules for what is no denied call: each member that a pattern tests is needed, and no name of a call is left out."""

import copy
import json
import re

import pytest
from test_template import RELATED, ROOT, deployment, judges

CALL = ["source", "detail-type", "detail/eventSource", "detail/eventName"]
# What an event has to say of itself so that a rule picks it.
NEEDED = {
    "SignInFailureRule": CALL,
    "ProvisioningRule": CALL,
    "PortalRule": [*CALL, "detail/errorCode", "detail/userIdentity/type"],
    "LifecycleRule": CALL,
    "UserEventRule": ["source", "detail-type"],
    "TokenRule": ["source", "detail-type", "detail/eventTypeCode"],
    "InstanceKeyRule": ["source", "detail-type", "detail/eventSource", "detail/errorCode", "detail/requestParameters/encryptionContext"],
}


def altered(event, path, value):
    event = copy.deepcopy(event)
    *above, name = path.split("/")
    place = event
    for part in above:
        place = place[part]
    place[name] = value
    return event


@pytest.fixture(scope="module")
def corpus():
    expected = json.loads((ROOT / "events/expected.json").read_text())["events"]
    folders = [entry for entry in expected if entry["class"] in ("sign_in", "provisioning", "portal", "lifecycle", "notice")]
    return [json.loads((ROOT / "events" / entry["event"]).read_text()) for entry in folders]


@pytest.fixture(scope="module")
def rules():
    return judges()


@pytest.mark.parametrize("rule", RELATED)
def test_another_source_type_call_or_caller_does_not_pass(rule, corpus, rules):
    picked = [event for event in corpus if rules[rule].matches_event(event)]
    assert picked
    wrong = [
        (event["id"], path)
        for event in picked
        for path in NEEDED[rule]
        if rules[rule].matches_event(altered(event, path, "other.example"))
    ]
    assert wrong == []


def test_a_session_of_a_permission_set_that_the_key_refuses_passes_the_rule_of_denials_alone(corpus, rules):
    rule = rules["InstanceKeyRule"]
    picked = [event for event in corpus if rule.matches_event(event)]
    assert picked
    for event in picked:
        caller = event["detail"]["userIdentity"]
        issuer = {"userName": "AWSReservedSSO_PlatformAdmin_2b03e7d876722815"}
        for other in (
            {**caller, "onBehalfOf": {"userId": "c46824b8-f071-7009-c812-ad564a62b220"}},
            {**caller, "sessionContext": {**caller.get("sessionContext", {}), "sessionIssuer": issuer}},
        ):
            assert not rule.matches_event({**event, "detail": {**event["detail"], "userIdentity": other}}), event["id"]


def test_both_spellings_of_the_sign_in_pass_and_no_third(corpus, rules):
    rule = rules["SignInFailureRule"]
    [event, *_] = [event for event in corpus if rule.matches_event(event)]
    for kind, passes in [
        ("AWS Console Sign In via CloudTrail", True),
        ("AWS Console Signin via CloudTrail", True),
        ("AWS Service Event via CloudTrail", True),
        ("AWS API Call via CloudTrail", False),
        ("AWS Console Action via CloudTrail", False),
    ]:
        assert rule.matches_event({**event, "detail-type": kind}) == passes, kind


def test_the_rule_names_the_calls_that_are_read():
    source = (ROOT / "crates/diagnosis/src/related/cause/scim_refused.rs").read_text()
    names = re.findall(r"const (?:WRITES|READS): \[&str; \d+\] = \[(.*?)\];", source, re.S)
    assert len(names) == 2
    read = set(re.findall(r'"(\w+)"', "".join(names)))
    pattern = deployment(RelatedEvents="on")["ProvisioningRule"]["Properties"]["EventPattern"]["detail"]["$or"]
    assert set(pattern[0]["eventName"]) == read
