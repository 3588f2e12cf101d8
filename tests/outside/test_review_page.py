"""The page of `tagmend review --html` in a real browser: nothing is asked of anybody, and nothing runs."""

import base64
import json
import os
import subprocess

import pytest

import browser
from conftest import ROOT, TAGMEND

HOSTILE = "<img src=//evil.example/x.png onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
WHY = "no Chromium is installed: the page was not looked at in a browser"
IS_REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"

pytestmark = pytest.mark.skipif(browser.find() is None and not IS_REQUIRED, reason=WHY)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """A page and the JSON of the same review, of a world whose names are hostile."""
    folder = tmp_path_factory.mktemp("review")
    world = json.loads((ROOT / "events" / "world.json").read_text())
    record = {
        "eventID": "5c0ffee0-0000-4000-9000-000000000001",
        "eventTime": "2026-11-23T09:00:00Z",
        "eventName": "UpdateInstanceAccessControlAttributeConfiguration",
        "userAgent": "Terraform/1.15.0",
        "userIdentity": {"arn": f"arn:aws:sts::999999999999:assumed-role/deployment/{HOSTILE}"},
        "requestParameters": {
            "instanceArn": world["instance_arn"],
            "instanceAccessControlAttributeConfiguration": {"accessControlAttributes": []},
        },
    }
    world["event_history"] = [record]
    # Those of the sample are names with nothing in them.
    objects = world["journal"]["objects"]
    world["journal"]["objects"] = {name: each for name, each in objects.items() if not name.startswith("fixes/")}
    world["journal"]["objects"]["hold.json"] = {
        "schema": 1,
        "all": None,
        "keys": {HOSTILE: {"since": "2026-11-23T09:00:00Z", "reason": HOSTILE}},
    }
    path, state = folder / "world.json", folder / "state"
    path.write_text(json.dumps(world))
    where = ["--world", path, "--state", state, "--baseline", ROOT / "events" / "baseline.json"]
    event = ROOT / "events" / "mapping-missing" / "explicit-deny.json"
    subprocess.run([TAGMEND, "replay", event, "--apply", *where], check=True, capture_output=True)
    page = folder / "review.html"
    command = [TAGMEND, "review", *where, "--json", "--html", page]
    review = subprocess.run(command, check=True, capture_output=True, text=True)
    return page, json.loads(review.stdout)


@pytest.fixture(scope="module")
def page(reviewed, tmp_path_factory):
    assert browser.find(), WHY
    page = browser.Page(tmp_path_factory.mktemp("profile"))
    page.open(reviewed[0].as_uri())
    yield page
    page.close()


def test_nothing_is_asked_of_anybody_and_the_console_is_empty(reviewed, page):
    asked = [request["request"]["url"] for request in page.of("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith("data:")] == [reviewed[0].as_uri()]
    assert page.of("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded") == []


def test_hostile_names_are_text(page):
    assert page.value("document.title").startswith("Tagmend review: ")
    assert page.value("document.querySelectorAll('img, script, iframe, object').length") == 0
    assert "onerror" in page.value("document.body.innerText")


def test_the_figures_are_those_of_json(reviewed, page):
    review = reviewed[1]
    rows = page.value(
        "Object.fromEntries([...document.querySelectorAll('#figures tr[data-figure]')].map(row =>"
        " [row.dataset.figure, [...row.querySelectorAll('td.number')].map(cell => cell.textContent)]))"
    )
    assert len(rows) > 10
    for name, (now, before) in rows.items():
        for shown, figures in [(now, review["figures"]), (before, review["figures_before"])]:
            figure = figures[name]
            figure = sum(figure.values()) if isinstance(figure, dict) else figure
            assert (None if shown == "-" else float(shown)) == figure, name
    steps = page.value(
        "[...document.querySelectorAll('#funnel-figures tr')].map(row =>"
        " [row.dataset.step, Number(row.querySelector('td.number').textContent)])"
    )
    assert steps == [[step["step"], step["count"]] for step in review["charts"]["funnel"]]
    assert page.value("document.querySelectorAll('#changes tbody tr').length") == len(review["fixes"]) == 1
    assert page.value("document.getElementById('headline').textContent") == review["headline"]


def test_it_is_read_in_the_dark_and_on_paper(page):
    def colours(**media):
        page.call("Emulation.setEmulatedMedia", **media)
        return page.value(
            "(() => { const style = getComputedStyle(document.body); return [style.color, style.backgroundColor] })()"
        )

    light = colours(media="screen", features=[{"name": "prefers-color-scheme", "value": "light"}])
    dark = colours(media="screen", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    paper = colours(media="print", features=[{"name": "prefers-color-scheme", "value": "light"}])
    assert (light, dark) == (
        ["rgb(27, 31, 36)", "rgb(255, 255, 255)"],
        ["rgb(232, 237, 242)", "rgb(18, 22, 27)"],
    )
    assert paper == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    printed = base64.b64decode(page.call("Page.printToPDF")["data"])
    assert printed.startswith(b"%PDF")
