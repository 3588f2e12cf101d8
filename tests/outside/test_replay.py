"""Records from where AWS keeps them: botocore judges the sandbox's answers, and the command reads them as a process."""

import fcntl
import gzip
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import termios

import duckdb
import pytest
from conftest import ROOT, TAGMEND
from test_sandbox import call, error

RECORD = json.loads((ROOT / "events" / "mapping-missing" / "explicit-deny.json").read_text())["detail"]
FINE = {**RECORD, "eventID": "7b1f2e00-0000-4000-8000-0000000000aa"}
del FINE["errorCode"], FINE["errorMessage"]
QUEUE = "https://sqs.eu-west-1.amazonaws.com/999999999999/tagmend-dead-letters"
DAY = "AWSLogs/o-exampleorg/111122223333/CloudTrail/eu-west-1/2026/11"


def at(day):
    """A denial of this day of November."""
    return {**RECORD, "eventID": f"7b1f2e00-0000-4000-8000-0000000000{day}", "eventTime": f"2026-11-{day}T11:45:12Z"}


@pytest.fixture
def records(serve, world):
    journal = {**world["journal"]}
    journal["objects"] = {
        **journal.get("objects", {}),
        f"{DAY}/22/a.json": {"Records": [FINE, at(22)]},
        f"{DAY}/23/b.json": {"Records": [at(23)]},
        f"{DAY}/24/c.json": {"Records": [at(24)]},
        "AWSLogs/o-exampleorg/111122223333/CloudTrail-Digest/eu-west-1/2026/11/23/d.json": {"logFiles": []},
        "AWSLogs/o-exampleorg/444455556666/CloudTrail/eu-west-1/2026/11/23/e.json": {"Records": [at(23)]},
    }
    row = [RECORD[name] for name in ("eventID", "eventTime", "eventSource", "eventName", "awsRegion")]
    row += [RECORD["errorCode"], RECORD["errorMessage"], json.dumps(RECORD["userIdentity"])]
    names = "eventid eventtime eventsource eventname awsregion errorcode errormessage useridentity".split()
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in cells) for cells in (names, row)]
    journal["texts"] = {"results/query.csv": "\n".join(quoted) + "\n"}
    everything = {
        **world,
        "journal": journal,
        "event_history": [FINE, at(22), at(23)],
        "queues": {"tagmend-dead-letters": [json.dumps(RECORD), "not JSON"], "empty": []},
        "query_results": {"a-query": f"s3://{journal['bucket']}/results/query.csv", "running": None},
    }
    sandbox = serve(everything)
    sandbox.anew = lambda **other: serve({**everything, **other})
    return sandbox


def replay(sandbox, *arguments, **environment):
    done = subprocess.run(
        [TAGMEND, "replay", "--json", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, **sandbox.environment, **environment},
    )
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def counted(lines):
    classes = [line["failure"]["class"] if "failure" in line else "unreadable" for line in lines]
    return {name: classes.count(name) for name in classes}


def test_botocore_takes_the_answers(records):
    history = records.client("cloudtrail")
    page = call(history, "lookup_events", MaxResults=2)
    assert [event["EventId"] for event in page["Events"]] == [FINE["eventID"], at(23)["eventID"]]
    rest = call(history, "lookup_events", MaxResults=2, NextToken=page["NextToken"])
    assert [event["EventId"] for event in rest["Events"]] == [at(22)["eventID"]] and "NextToken" not in rest
    ranged = call(history, "lookup_events", StartTime="2026-11-22T00:00:00Z", EndTime="2026-11-23T00:00:00Z")
    assert [event["EventId"] for event in ranged["Events"]] == [at(22)["eventID"]]
    queues = records.client("sqs")
    attributes = call(queues, "get_queue_attributes", QueueUrl=QUEUE, AttributeNames=["ApproximateNumberOfMessages"])
    assert attributes == {"Attributes": {"ApproximateNumberOfMessages": "2"}}
    messages = call(queues, "receive_message", QueueUrl=QUEUE, MaxNumberOfMessages=10, VisibilityTimeout=0)["Messages"]
    assert [message["Body"] for message in messages] == [json.dumps(RECORD), "not JSON"]
    missing = QUEUE.replace("tagmend", "other")
    assert error(queues, "receive_message", QueueUrl=missing) == "QueueDoesNotExist"
    call(queues, "send_message", QueueUrl=QUEUE, MessageBody="one more")
    [sent] = call(queues, "receive_message", QueueUrl=QUEUE, VisibilityTimeout=0)["Messages"]
    assert sent["Body"] == "one more"
    call(queues, "delete_message", QueueUrl=QUEUE, ReceiptHandle=sent["ReceiptHandle"])
    assert call(queues, "get_queue_attributes", QueueUrl=QUEUE, AttributeNames=["ApproximateNumberOfMessages"]) == attributes
    athena = records.client("athena")
    answer = call(athena, "get_query_execution", QueryExecutionId="a-query")["QueryExecution"]
    assert answer["Status"]["State"] == "SUCCEEDED"
    assert error(athena, "get_query_execution", QueryExecutionId="none") == "InvalidRequestException"


def test_event_history(records):
    done, lines = replay(records, "--lookup")
    assert counted(lines) == {"neither": 1, "denied": 2}, done.stderr
    assert all(line["place"].startswith("event history of ") for line in lines)
    _, ranged = replay(records, "--lookup", "--from", "2026-11-23")
    assert [line["event_id"] for line in ranged if "event_id" in line] == [at(23)["eventID"]]


def test_dead_letters_stay_where_they_are(records):
    for _ in range(2):
        done, lines = replay(records, "--dead-letters", QUEUE)
        assert counted(lines) == {"denied": 1, "unreadable": 1}, done.stderr
        assert done.returncode == 1
    assert not any(name.startswith("sqs:Delete") for name in records.get("calls")["by_operation"])
    done, _ = replay(records, "--dead-letters", QUEUE.replace("tagmend", "other"))
    assert done.returncode == 1 and "sqs:GetQueueAttributes: " in done.stderr and "QueueDoesNotExist" in done.stderr


def test_the_result_of_a_query(records):
    done, lines = replay(records, "--athena", "a-query")
    assert counted(lines) == {"denied": 1}, done.stderr
    assert lines[0]["place"].startswith("s3://") and lines[0]["diagnosis"]["cause"] == "mapping_missing"
    done, _ = replay(records, "--athena", "running")
    assert done.stderr == "error: the query running has no result: it is RUNNING\n"


def test_log_files_of_a_trail(records, world):
    place = f"s3://{world['journal']['bucket']}/AWSLogs/"
    _, lines = replay(records, place)
    assert counted(lines) == {"neither": 1, "denied": 4}
    _, lines = replay(records, place, "--from", "2026-11-22", "--to", "2026-11-24", "--accounts", "111122223333")
    assert counted(lines) == {"neither": 1, "denied": 2}
    assert lines[1]["place"] == f"{place}o-exampleorg/111122223333/CloudTrail/eu-west-1/2026/11/22/a.json#2"
    done = subprocess.run(
        [TAGMEND, "explain", "--json", lines[1]["place"]], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, **records.environment},
    )
    assert json.loads(done.stdout)["event_id"] == at(22)["eventID"]
    done, _ = replay(records, f"{place}nothing")
    assert done.stderr.endswith("there is nothing in it to read\n") and done.returncode == 1


@pytest.mark.parametrize("operation, expired, arguments", [
    ("cloudtrail:LookupEvents", "ExpiredTokenException", ["--lookup"]),
    ("s3:ListBucket", "ExpiredToken", ["s3://JOURNAL/AWSLogs/"]),
    ("sqs:GetQueueAttributes", "ExpiredTokenException", ["--dead-letters", QUEUE]),
    ("sqs:GetQueueAttributes", "ExpiredTokenException", ["--dead-letters", QUEUE, "--redrive", QUEUE]),
    ("athena:GetQueryExecution", "ExpiredTokenException", ["--athena", "a-query"]),
])
def test_missing_and_expired_credentials_are_said_as_that(records, world, operation, expired, arguments):
    arguments = [argument.replace("JOURNAL", world["journal"]["bucket"]) for argument in arguments]
    environment = {name: "" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    environment |= {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    done, lines = replay(records, *arguments, **environment)
    assert f"{operation}: no credentials: " in done.stderr and (done.returncode, lines) == (1, [])
    records.fault(operation=operation, kind="error", code=expired, status=400, times=9)
    done, lines = replay(records, *arguments)
    assert f"{operation}: {expired}: the credentials have expired; sign in again" in done.stderr
    assert (done.returncode, lines) == (1, [])


def test_a_pipe(tmp_path):
    text = json.dumps({"Records": [FINE, RECORD]})
    for packed in (text.encode(), gzip.compress(text.encode())):
        done = subprocess.run([TAGMEND, "replay", "--json", "-"], cwd=ROOT, input=packed, capture_output=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["place"] for line in lines] == ["standard input#1", "standard input#2"]
        assert counted(lines) == {"neither": 1, "denied": 1}


def test_what_is_not_read_of_a_folder_is_said_with_its_reason(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.log").write_text(json.dumps(RECORD))
    (tmp_path / "notes.txt").write_text("nothing of interest")
    (tmp_path / "packed.zip").write_bytes(b"PK\x03\x04....")
    (tmp_path / "inner" / "circle").symlink_to(tmp_path)
    (tmp_path / "inner" / "linked").symlink_to(tmp_path / "a.log")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    done = subprocess.run([TAGMEND, "replay", "--json", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert [json.loads(line)["place"] for line in done.stdout.splitlines()] == [f"{tmp_path}/a.log"]
    where, *not_read = sorted(done.stderr.splitlines(), key=lambda line: (not line.startswith("using "), line))
    assert where == "using the sandbox: world built in, baseline built in, no state is kept"
    assert not_read == [
        f"not read: {tmp_path}/gone: No such file or directory (os error 2)",
        f"not read: {tmp_path}/inner/circle: a link to a folder that is read already",
        f"not read: {tmp_path}/inner/linked: a link to a file that is read already",
        f"not read: {tmp_path}/notes.txt: neither JSON nor CSV with columns that are known",
        f"not read: {tmp_path}/packed.zip: a zip archive; unpack it first",
        f"not read: {tmp_path}/pipe: neither a file nor a folder",
    ]


def peak_of(folder, files):
    """Peak memory of a replay of so many log files, of which each has a denial among what is of no interest."""
    folder.mkdir()
    for file in range(files):
        fine = [{**FINE, "eventID": f"7b1f2e00-0000-4000-{file:04}-{number:012}", "padding": "x" * 500} for number in range(1_000)]
        denial = {**RECORD, "eventID": f"7b1f2e00-0000-4000-{file:04}-000000001000"}
        (folder / f"{file}.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [*fine, denial]}).encode(), 1))
    process = subprocess.Popen([TAGMEND, "replay", "--summary", "--json", folder], cwd=ROOT, stdout=subprocess.PIPE)
    summary = json.loads(process.stdout.read())
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (summary["read"], summary["denied"], process.returncode) == (files * 1_001, files, 2)
    return usage.ru_maxrss


def test_memory_does_not_grow_with_the_records(tmp_path):
    few, many = peak_of(tmp_path / "few", 12), peak_of(tmp_path / "many", 96)
    assert many <= few * 1.1, f"{many} kB at eight times the records, {few} kB before"


def test_dead_letters_go_back_that_would_now_be_treated(records):
    event = json.loads((ROOT / "events" / "mapping-missing" / "explicit-deny.json").read_text())
    dead = [json.dumps(event), "not JSON", json.dumps(RECORD)]
    dead += [json.dumps({**event, "detail": at(day)}) for day in range(10, 22)]
    broken = {**event, "detail": {**at(22), "eventTime": "yesterday"}}
    sandbox = records.anew(queues={"tagmend-dead-letters": [*dead, json.dumps(broken)], "tagmend-failures": []})
    queue = QUEUE.replace("dead-letters", "failures")
    arguments = ("--dead-letters", QUEUE, "--redrive", queue)
    goes_back = [True, False, False] + [True] * 12 + [False]
    for _ in range(2):
        done, lines = replay(sandbox, *arguments)
        assert [line["message_id"] for line in lines] == [f"message-{number}" for number in range(16)], done.stderr
        assert [line["goes_back"] for line in lines] == goes_back
        assert {line["sent"] for line in lines} == {None}
        schema = json.loads((ROOT / "docs" / "schemas" / "redriven.json").read_text())
        assert all(line.keys() == schema["properties"].keys() and line["schema"] == 1 for line in lines)
        assert done.returncode == 1, "what stays needs somebody to look"
    assert lines[0]["why"] == "mapping_missing: restore the mapping Department = ${path:enterprise.department}"
    assert [lines[number]["why"] for number in (1, 2)] == [
        "cannot be read: body: not JSON at line 1 column 2", "cannot be read: source: not an event of AWS",
    ]
    assert lines[15]["why"].startswith("cannot be read: detail")
    assert sandbox.get("world")["queues"]["tagmend-failures"] == []
    # A message that cannot be sent stays where it is.
    sandbox.fault(operation="sqs:SendMessage", code="AccessDenied", status=403, times=1)
    done, lines = replay(sandbox, *arguments, "--apply")
    assert [line["sent"] for line in lines] == [False] + [None] * 2 + [True] * 12 + [None]
    assert lines[0]["error"].startswith("sqs:SendMessage: AccessDenied") and done.returncode == 1
    queues = sandbox.get("world")["queues"]
    assert queues["tagmend-failures"] == dead[3:]
    assert [body for body in queues["tagmend-dead-letters"] if body] == [*dead[:3], json.dumps(broken)]
    done, lines = replay(sandbox, *arguments, "--apply")
    assert [line["sent"] for line in lines if line["goes_back"]] == [True]
    assert sandbox.get("world")["queues"]["tagmend-failures"] == [*dead[3:], dead[0]]
    # Nothing is healed here: the function does that.
    assert not any(name.startswith("sso:Update") for name in sandbox.get("calls")["by_operation"])


def test_a_redrive_knows_everything_that_the_function_takes(records):
    """And nothing else: what the function would refuse, or do nothing with, stays."""
    def event(name):
        return json.loads((ROOT / "events" / f"{name}.json").read_text())

    denied = event("mapping-missing/explicit-deny")
    write = "somebody else's write of the mappings: whether one of Tagmend's replaced it is looked up"
    rows = [
        (event("idp-stopped-sending/near-miss-sign-in"), True, "a sign-in: what the session carries is kept"),
        (event("mappings-changed/written"), True, f"attribute mappings were written, {write}"),
        (event("mappings-changed/near-miss-own-write"), False, "neither denied nor throttled: the function would do nothing with it"),
        (event("sign-in-failed/password"), True, "sign-in failed"),
        (event("sign-in-failed/near-miss-success"), False, "cannot be read: detail-type: not an event of CloudTrail"),
        (event("scim-refused/group-name-is-taken"), True, None),
        ({**denied, "detail": FINE}, False, "neither denied nor throttled: the function would do nothing with it"),
        ({**denied, "source": "my.application"}, False, "cannot be read: source: not an event of AWS"),
        ({**denied, "detail-type": "Scheduled Event"}, False, "cannot be read: detail-type: not an event of CloudTrail"),
        ({**denied, "Records": []}, False, "cannot be read: $: not an event of EventBridge"),
        ({**denied, "padding": "x" * (256 << 10)}, False, "cannot be read: body: longer than any event"),
    ]
    dead = [json.dumps(row[0]) for row in rows]
    sandbox = records.anew(queues={"tagmend-dead-letters": dead, "tagmend-failures": []})
    _, lines = replay(sandbox, "--dead-letters", QUEUE, "--redrive", QUEUE.replace("dead-letters", "failures"))
    for (document, goes_back, why), line in zip(rows, lines, strict=True):
        assert (line["goes_back"], line["why"]) == (goes_back, why or line["why"]), document["detail-type"]


def test_a_redrive_is_a_dry_run_unless_applied(records):
    event = (ROOT / "events" / "mapping-missing" / "explicit-deny.json").read_text()
    sandbox = records.anew(queues={"tagmend-dead-letters": [event], "tagmend-failures": []})
    queue = QUEUE.replace("dead-letters", "failures")
    command = [TAGMEND, "replay", "--dead-letters", QUEUE, "--redrive", queue]
    why = "mapping_missing: restore the mapping Department = ${path:enterprise.department}"
    for applied, line, last, code in [
        ([], "message-0  would go back", "dry run: nothing was sent; --apply sends them to tagmend-failures\n", 2),
        (["--apply"], "message-0  was sent back", "", 0),
    ]:
        done = subprocess.run(
            [*command, *applied], cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, **sandbox.environment},
        )
        assert done.stdout == f"{line}: {why}\ntagmend-dead-letters: 1 to send back, 0 stay\n{last}", done.stderr
        assert done.returncode == code


class Terminal:
    """A command whose standard error is a terminal, and whose standard input is a pipe that stays open."""

    def __init__(self, *arguments, **environment):
        ours, theirs = pty.openpty()
        # As wide as a line of progress.
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
        self.screen, self.shown = ours, ""
        self.process = subprocess.Popen(
            [TAGMEND, "replay", *arguments, "-"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs,
            env={**os.environ, **environment},
        )
        os.close(theirs)

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def wait_for(self, text):
        """Blocks until the screen shows it."""
        while text not in self.shown:
            piece = os.read(self.screen, 1 << 16)
            assert piece, self.shown
            self.shown += piece.decode()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def end(self):
        out = self.process.stdout.read().decode()
        code = self.process.wait()
        self.process.stdin.close()
        os.close(self.screen)
        return code, out


def denials(count):
    return "".join(json.dumps({**RECORD, "eventID": f"7b1f2e00-0000-4000-8000-{number:012}"}) + "\n" for number in range(count))


def test_progress_tells_what_is_planned_before_the_input_ends():
    terminal = Terminal("--summary")
    terminal.write(denials(1_001))
    terminal.wait_for("1,000 denied or throttled, 1 changes planned")
    terminal.process.stdin.close()
    code, out = terminal.end()
    assert out.startswith("1001 records: 1001 denied, ") and code == 2


@pytest.mark.parametrize("extra", [0, 7])
def test_interrupted_it_tells_what_was_read(extra):
    """Of a source that blocks, what was read counts, a whole batch or less."""
    terminal = Terminal("--summary", "--json")
    terminal.write(denials(1_000 + extra))
    terminal.wait_for(f"{1_000 + extra:,} records")
    terminal.interrupt()
    code, out = terminal.end()
    summary = json.loads(out)
    assert (summary["read"], summary["denied"], summary["interrupted"]) == (1_000 + extra, 1_000 + extra, True)
    assert summary["changes"][0]["calls"] == 1_000 + extra and code == 1


def test_interrupted_again_it_waits_for_nobody():
    """AWS takes the connection and never answers: only the second Ctrl-C can end it with nothing counted."""
    with socket.create_server(("127.0.0.1", 0)) as aws:
        keys = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
        terminal = Terminal(
            "--summary", "--json", "--live", "--region", "eu-west-1", "--journal-bucket", "journal",
            "--baseline", "events/baseline.json", AWS_ENDPOINT_URL=f"http://127.0.0.1:{aws.getsockname()[1]}", **keys,
        )
        terminal.write(denials(3))
        terminal.wait_for("3 records")
        terminal.interrupt()
        terminal.wait_for("interrupted: what was read is still answered; Ctrl-C again ends at once")
        connection, _ = aws.accept()
        assert connection.recv(1), "it asks AWS about what was read"
        terminal.interrupt()
        code, out = terminal.end()
        connection.close()
    summary = json.loads(out)
    assert (summary["read"], summary["interrupted"], code) == (0, True, 1)


def test_explain_takes_a_record_of_a_pipe():
    def explain(text):
        return subprocess.run(
            [TAGMEND, "explain", "--json", "-"], cwd=ROOT, input=text, capture_output=True, text=True, check=False
        )

    done = explain(json.dumps(RECORD))
    assert json.loads(done.stdout)["event_id"] == RECORD["eventID"], done.stderr
    done = explain(json.dumps({"Records": [FINE, RECORD]}))
    assert done.stderr == "error: - holds 2 records; explain takes exactly one: FILE#NUMBER\n"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_parquet_of_security_lake_goes_through_duckdb(tmp_path, version):
    """As docs/replay.md says it, with the texts of `unmapped` in a map and Zstandard around the pages."""
    form, packed, text = ROOT / f"tests/forms/security-lake-{version}.json", tmp_path / "x.parquet", tmp_path / "x.json"
    duckdb.sql(
        f"COPY (SELECT * REPLACE (CAST(CAST(unmapped AS JSON) AS MAP(VARCHAR, VARCHAR)) AS unmapped) "
        f"FROM read_json('{form}')) TO '{packed}' (FORMAT parquet, COMPRESSION zstd)"
    )
    # DuckDB's readline sets COLUMNS behind Python's back, and a table is as wide as it says.
    environment = dict(os.environ)
    done = subprocess.run(
        [TAGMEND, "replay", packed], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "Parquet; pipe it: duckdb" in done.stdout and done.returncode == 1, done.stderr
    duckdb.sql(f"COPY (FROM '{packed}' WHERE api.response.error IS NOT NULL) TO '{text}' (FORMAT json)")
    [piped], [plain] = ([
        json.loads(line) for line in subprocess.run(
            [TAGMEND, "replay", "--json", "-"], cwd=ROOT, input=path.read_text(), capture_output=True, text=True, check=False
        ).stdout.splitlines()
    ] for path in (text, form))
    assert piped == plain and piped["diagnosis"]["cause"] == "mapping_missing"
