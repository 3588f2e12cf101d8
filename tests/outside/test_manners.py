"""How the command behaves as a process: exit codes, first lines, Ctrl-C, terminals, and what the README shows."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios

import pytest
from conftest import ROOT, TAGMEND

DENIAL = "events/mapping-missing/explicit-deny.json"
BASELINE = ["--baseline", "events/baseline.json"]
LIVE = ["--live", "--region", "eu-west-1", "--journal-bucket", "tagmend-journal"]
FIX = "20261123T120000.000Z/restore_mapping/Department"

# Every command that asks AWS.
ASKING = {
    "replay": ["replay", DENIAL, *LIVE, *BASELINE],
    "explain": ["explain", DENIAL, *LIVE, *BASELINE],
    "hold": ["hold", *LIVE],
    "hold --show": ["hold", "--show", *LIVE],
    "resume": ["resume", *LIVE],
    "rollback": ["rollback", *LIVE, *BASELINE],
    "rollback FIX": ["rollback", FIX, *LIVE, *BASELINE],
    "review": ["review", *LIVE, *BASELINE],
    "scan": ["scan", *LIVE, *BASELINE],
    "baseline init": ["baseline", "init", "--management-account", "999999999999", "--live", "--region", "eu-west-1"],
    "baseline check": ["baseline", "check", *LIVE, *BASELINE],
    "baseline approve": ["baseline", "approve", "Deployer", *LIVE, *BASELINE],
    "baseline publish": ["baseline", "publish", "--in-force", "0" * 64, *LIVE, *BASELINE],
    "journal begin": ["journal", "begin", *LIVE],
    "doctor": ["doctor", *LIVE, *BASELINE],
}
# Every command that asks nobody, and why.
LOCAL = {
    "simulate": "it reads files",
    "redact": "it reads files",
    "sandbox": "it is what answers",
    "baseline grants": "it reads the baseline",
    "completions": "it prints what it is",
    "man": "it writes what it is",
}
# Every command that takes no file.
WITHOUT_FILE = {"completions", "man"}
GONE = "no-such-file"
# Every command with a file that is not there.
MISSING = {
    "replay": ["replay", GONE],
    "explain": ["explain", GONE],
    "simulate": ["simulate", GONE],
    "redact": ["redact", GONE],
    "hold": ["hold", "--state", "STATE", "--world", GONE],
    "resume": ["resume", "--state", "STATE", "--world", GONE],
    "rollback": ["rollback", "--state", "STATE", "--baseline", GONE],
    "review": ["review", "--alarm", GONE],
    "scan": ["scan", "--world", GONE],
    "doctor": ["doctor", "--world", GONE],
    "baseline init": ["baseline", "init", "--world", GONE],
    "baseline check": ["baseline", "check", "--baseline", GONE],
    "baseline approve": ["baseline", "approve", "Deployer", "--baseline", GONE],
    "baseline publish": ["baseline", "publish", "--baseline", GONE],
    "baseline grants": ["baseline", "grants", "--baseline", GONE],
    "journal begin": ["journal", "begin", "--state", "STATE", "--world", GONE],
    "sandbox": ["sandbox", "--world", GONE],
}


def environment(tmp_path, **more):
    """Nothing of the caller's but where programs are."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", **more}


def run(arguments, tmp_path, cwd=ROOT, text="", **more):
    arguments = [str(tmp_path) if word == "STATE" else word for word in arguments]
    return subprocess.run(
        [TAGMEND, *arguments], cwd=cwd, input=text, capture_output=True, text=True, check=False,
        env=environment(tmp_path, **more),
    )


def said(done):
    """Standard error without the line that says where it looked."""
    return [line for line in done.stderr.splitlines() if not line.startswith("using ")]


def above(start, done):
    """The line above the first that begins so: what failed stands above its way out."""
    lines = said(done)
    return lines[next(place for place, line in enumerate(lines) if line.startswith(start)) - 1]


def commands(tmp_path, parents=()):
    """Every command, from `--help`."""
    done = run([*parents, "--help"], tmp_path)
    assert done.returncode == 0
    listed = done.stdout.partition("\nCommands:\n")[2].partition("\n\n")[0]
    names = [line.split()[0] for line in listed.splitlines() if re.match(r"  \w", line)]
    below = [commands(tmp_path, (*parents, name)) for name in names if name != "help"]
    return [command for group in below for command in group] or [parents]


def test_help_and_a_wrong_command_line(tmp_path):
    every = commands(tmp_path)
    for command in every:
        done = run([*command, "--help"], tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert f"Usage: tagmend {' '.join(command)}" in done.stdout
        done = run([*command, "--no-such-flag"], tmp_path)
        assert (done.returncode, done.stdout) == (64, ""), command
        assert done.stderr.startswith("error: unexpected argument '--no-such-flag' found\n"), done.stderr
    for wrong in [[], ["no-such-command"], ["hold"], ["resume"], ["rollback"], ["journal", "begin"], ["replay", "--live", "x"],
                  ["rollback", "Department", "--state", "STATE"], ["scan", "--calls-per-second", "99", *LIVE, *BASELINE]]:
        assert run(wrong, tmp_path).returncode == 64, wrong


def named(table):
    """The commands of a table, without what tells two rows of one command apart."""
    return {re.sub(r" (--\w+|FIX)$", "", row) for row in table}


def test_no_command_is_missing_in_a_table(tmp_path):
    """Every command x {help, unknown flag} is gone through by itself; the other columns are these tables."""
    every = {" ".join(command) for command in commands(tmp_path)}
    assert len(every) > 15
    assert named(MISSING) == every - WITHOUT_FILE, "a file that is not there"
    assert named(ASKING) == every - LOCAL.keys(), "no credentials, and no rights"
    assert named(INTERRUPTED) | INTERRUPTED_OTHERWISE.keys() == every, "interrupted"
    assert ASKING.keys() == INTERRUPTED.keys(), "no way of asking is left out"


@pytest.mark.parametrize("command", MISSING)
def test_a_file_that_is_not_there_is_named(command, tmp_path):
    done = run(MISSING[command], tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert said(done) == [f"error: {GONE}: No such file or directory (os error 2)"]



# What a caller without credentials is told: the call that failed first.
NO_CREDENTIALS = "no credentials: none are in the environment, the profile or the instance"
# A look at an installation that saw nothing is no error: it ends as one that found something wrong.
NOTHING_SEEN = {"doctor": 2}
SIGN_IN = "  sign in (aws sso login), or name a profile that has credentials: AWS_PROFILE=NAME"


@pytest.mark.parametrize("command", ASKING)
def test_without_credentials_it_says_how_to_get_some(command, tmp_path):
    done = run(ASKING[command], tmp_path)
    assert done.returncode == NOTHING_SEEN.get(command, 1), done.stdout + done.stderr
    assert re.fullmatch(rf"(error: )?(.+: )?[a-z0-9-]+:[A-Z]\w+: {NO_CREDENTIALS}", above(SIGN_IN, done)), done.stderr
    assert said(done).count(SIGN_IN) == 1


# The right that is asked for first, and on what.
RIGHTS = {
    "hold": ("s3:GetObject", "arn:aws:s3:::tagmend-journal/*"),
    "hold --show": ("s3:GetObject", "arn:aws:s3:::tagmend-journal/*"),
    "resume": ("s3:GetObject", "arn:aws:s3:::tagmend-journal/*"),
    "rollback": ("s3:ListBucket", "arn:aws:s3:::tagmend-journal"),
    "rollback FIX": ("s3:GetObject", "arn:aws:s3:::tagmend-journal/*"),
    "journal begin": ("s3:GetObject", "arn:aws:s3:::tagmend-journal/*"),
    "baseline publish": ("s3:GetObject", "arn:aws:s3:::tagmend-journal/*"),
    "baseline init": ("sso:ListInstances", "*"),
}


def test_without_rights_it_says_what_would_grant_them(tmp_path, serve, world):
    sandbox = serve({**world, "caller_policies": []})
    for command, arguments in ASKING.items():
        done = run(arguments, tmp_path, **sandbox.environment)
        assert done.returncode == NOTHING_SEEN.get(command, 1), (command, done.stdout, done.stderr)
        failed = above("  the caller has no right to ", done)
        assert re.match(r"(error: )?(.+: )?[a-z0-9-]+:[A-Z]\w+: Access", failed), (command, done.stderr)
        granted = [json.loads(line) for line in said(done) if line.startswith('  {"Effect"')]
        assert granted, (command, done.stderr)
        for statement in granted:
            assert statement["Effect"] == "Allow" and re.fullmatch(r"[a-z0-9-]+:[A-Z]\w+", statement["Action"])
        if command in RIGHTS:
            action, resource = RIGHTS[command]
            assert (granted[0]["Action"], granted[0]["Resource"]) == (action, resource), done.stderr
            named = f"  the caller has no right to {action} on {resource}; this statement grants it, if nothing else denies it:"
            assert named in said(done)


@pytest.mark.parametrize(
    ("code", "way_out"),
    [
        ("InvalidAccessKeyId", "AWS does not know these credentials; `aws sts get-caller-identity` says whose they are"),
        ("ExpiredToken", "sign in again (aws sso login), and then the same command"),
        ("PermanentRedirect", "the bucket tagmend-journal is not in eu-west-1: it has to be named with its own Region"),
    ],
)
def test_each_error_has_its_way_out(code, way_out, tmp_path, sandbox):
    sandbox.fault(operation="s3:GetObject", code=code, status=403, times=None)
    done = run(["hold", "--show", *LIVE], tmp_path, **sandbox.environment)
    assert done.returncode == 1
    assert said(done)[0].startswith(f"error: s3:GetObject: {code}"), done.stderr
    assert said(done)[1:] == [f"  {way_out}"]


def test_an_instance_that_is_not_there_has_its_way_out(tmp_path, sandbox):
    operation, code = "sso:ListPermissionSets", "ResourceNotFoundException"
    for asked in [operation, "sso:DescribePermissionSet"]:
        sandbox.fault(operation=asked, code=code, status=400, times=None)
    done = run(ASKING["baseline approve"], tmp_path, **sandbox.environment)
    assert done.returncode == 1
    way_out = "  is the instance in eu-west-1? `aws sso-admin list-instances --region eu-west-1` lists those that are"
    assert re.fullmatch(rf"error: (.+: )?sso:[A-Z]\w+: {code}", above(way_out, done)), done.stderr


def test_a_bucket_and_a_region_that_are_not_there(tmp_path, sandbox):
    done = run(["hold", "--show", *LIVE[:-1], "no-such-bucket"], tmp_path, **sandbox.environment)
    assert said(done) == [
        "error: s3:GetObject: NoSuchBucket",
        "  there is no bucket no-such-bucket; the stack's output JournalBucket names that of the journal",
    ]
    done = run(["scan", *BASELINE, "--live", "--region", "eu-wset-1", *LIVE[3:]], tmp_path, **sandbox.environment)
    assert done.returncode == 1
    assert said(done) == [
        "error: --region is eu-wset-1, but the instance's primary Region in events/baseline.json is eu-west-1"
    ]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": endpoint, "AWS_MAX_ATTEMPTS": "1"}
    done = run(["hold", "--show", *LIVE], tmp_path, **keys)
    assert said(done)[0] == "error: s3:GetObject: no connection"
    assert said(done)[1].startswith("  is `eu-west-1` a Region, and is there a way to it from here")


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    there = tmp_path / "baseline.json"
    there.write_text("{}")
    done = run(["baseline", "init", "--world", "events/world.json", "--output", str(there)], tmp_path)
    assert (done.returncode, there.read_text()) == (1, "{}")
    assert said(done) == [f"error: {there}: is there already, and is never written over; name another file, or move it away"]


def test_outside_of_a_checkout_replay_says_what_to_give_it(tmp_path):
    done = run(["replay"], tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (64, "")
    assert said(done)[0].startswith("error: say what to read: CloudTrail records in a file, a folder, s3://BUCKET/PREFIX, or -")


def where(done):
    return [line for line in done.stderr.splitlines() if line.startswith("using ")]


def test_it_says_which_world_it_used(tmp_path):
    found = "using the sandbox: world events/world.json (found above the records), baseline events/baseline.json, no state is kept"
    assert where(run(["explain", DENIAL], tmp_path)) == [found]
    built_in = "using the sandbox: world built in, baseline built in, no state is kept"
    text = (ROOT / DENIAL).read_text()
    assert where(run(["replay", "-"], tmp_path, cwd=tmp_path, text=text)) == [built_in]
    world = tmp_path / "other.json"
    world.write_text((ROOT / "events/world.json").read_text())
    named = run(["replay", DENIAL, "--world", str(world), *BASELINE, "--state", "STATE"], tmp_path)
    assert where(named)[0].startswith(f"using the sandbox: world {world}, baseline events/baseline.json, state {tmp_path}/")
    assert where(run(["replay", "events"], tmp_path))[0].endswith("more worlds, each the world.json nearest above its records")
    for arguments in [["scan"], ["baseline", "check"], ["review"]]:
        assert where(run(arguments, tmp_path)) == [built_in], arguments
    assert where(run(["hold", "--show", "--state", "STATE"], tmp_path))[0].startswith("using the sandbox: world events/world.json")
    live = where(run(ASKING["scan"], tmp_path))
    assert live == ["using AWS in eu-west-1, the journal in tagmend-journal, baseline events/baseline.json"]


def test_a_key_that_no_policy_mentions_is_said(tmp_path):
    keys = ["--set", "aws:PrincipalTag/Departmant=Finance", "--unset", "aws:SourceIp"]
    done = run(["simulate", "docs/requests.jsonl", *keys], tmp_path)
    assert (done.returncode, said(done)) == (0, [
        "--set aws:PrincipalTag/Departmant: no policy mentions this key, so it changes nothing; "
        "did you mean aws:PrincipalTag/Department?",
        "--unset aws:SourceIp: no policy mentions this key, so it changes nothing",
    ])
    done = run(["simulate", "docs/requests.jsonl", "--set", "AWS:principaltag/DEPARTMENT=Finance"], tmp_path)
    assert (done.returncode, said(done)) == (0, [])


class Silent:
    """Takes every connection, and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.connections = []
        endpoint = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
        }

    def wait(self):
        connection, _ = self.socket.accept()
        connection.recv(1)
        self.connections.append(connection)


@pytest.fixture
def silent():
    server = Silent()
    yield server
    server.socket.close()
    for connection in server.connections:
        connection.close()


FINISHES = "interrupted: what is being written is finished first; Ctrl-C again ends at once"
NOTHING = "interrupted: nothing was written"
# What is interrupted while AWS does not answer: the options besides, whether a write is finished first, and the last line.
INTERRUPTED = {
    "explain": ([], False, NOTHING),
    "hold": ([], True, "interrupted: `tagmend hold --show` says what is held now"),
    "hold --show": ([], False, NOTHING),
    "resume": ([], True, "interrupted: `tagmend hold --show` says what is held now"),
    "rollback": ([], False, NOTHING),
    "rollback FIX": (["--apply"], True, "interrupted: the mapping may be gone; `tagmend rollback` lists what can still be undone"),
    "review": ([], False, NOTHING),
    "scan": (["--keep", "KEPT"], False, "interrupted: the same command goes on from KEPT"),
    "baseline init": (["--output", "KEPT"], False, "interrupted: the same command goes on from KEPT.part"),
    "baseline check": ([], False, NOTHING),
    "doctor": ([], False, NOTHING),
    "baseline approve": (
        ["--apply"], False,
        "interrupted: what is said to be approved is written; the same command goes on with the rest",
    ),
    "baseline publish": (
        ["--apply"], True,
        "interrupted: nothing is in force that was not before; the same command again uploads it",
    ),
    "journal begin": (
        ["--apply"], True,
        "interrupted: the same command without --apply says whether the journal is begun",
    ),
    "replay": (
        ["--apply"], True,
        "interrupted: a change may be under way; the same command again makes what is left, and records what was made",
    ),
}
# Those that wait for nobody, or wait for something else: what happens, and where it is shown.
INTERRUPTED_OTHERWISE = {
    "simulate": "test_a_command_that_reads_a_file_is_interrupted_too",
    "redact": "test_a_command_that_reads_a_file_is_interrupted_too",
    "sandbox": "test_the_sandbox_is_interrupted_too",
    "baseline grants": "it reads one file, and prints",
    "completions": "it prints",
    "man": "it writes files that the same command writes again",
}


@pytest.mark.parametrize("command", INTERRUPTED)
def test_interrupted_it_says_how_to_go_on(command, silent, tmp_path):
    options, finishes, last = INTERRUPTED[command]
    kept = str(tmp_path / "kept.json")
    process = subprocess.Popen(
        [TAGMEND, *ASKING[command], *[option.replace("KEPT", kept) for option in options]],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(tmp_path, **silent.environment),
    )
    silent.wait()
    process.send_signal(signal.SIGINT)
    lines = []
    if finishes:
        for line in process.stderr:
            lines.append(line.rstrip("\n"))
            if lines[-1] == FINISHES:
                break
        process.send_signal(signal.SIGINT)
    out, rest = process.communicate()
    lines += rest.splitlines()
    assert (process.returncode, out) == (130, ""), lines
    assert lines[-1] == last.replace("KEPT", kept)
    assert {path.name for path in tmp_path.iterdir()} <= {"kept.json.part"}, "nothing is half written"


def test_a_dry_run_that_is_interrupted_still_answers(silent, tmp_path):
    process = subprocess.Popen(
        [TAGMEND, *ASKING["replay"]], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environment(tmp_path, **silent.environment),
    )
    silent.wait()
    process.send_signal(signal.SIGINT)
    for line in process.stderr:
        if line == "interrupted: what was read is still answered; Ctrl-C again ends at once\n":
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate()
    assert (process.returncode, "interrupted: this is what was read until then" in out) == (1, True), out


@pytest.mark.parametrize("command", ["simulate", "redact"])
def test_a_command_that_reads_a_file_is_interrupted_too(command, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    process = subprocess.Popen(
        [TAGMEND, command, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(tmp_path)
    )
    with open(path, "w"):
        process.send_signal(signal.SIGINT)
        out, error = process.communicate()
    assert (process.returncode, out, error) == (130, "", NOTHING + "\n")


def test_the_sandbox_is_interrupted_too(serve, world):
    sandbox = serve(world)
    sandbox.process.send_signal(signal.SIGINT)
    assert sandbox.process.wait() == 130


class Terminal:
    """A pseudo-terminal of a size, and what is printed on it."""

    def __init__(self, columns, rows=2000):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, until=None):
        """All of it, or as far as it has to be."""
        text = b""
        while until is None or not until.search(text):
            # Where nobody holds the other end any more, Linux says an error.
            if not select.select([self.ours], [], [], 60)[0]:
                raise AssertionError(text)
            try:
                part = os.read(self.ours, 65536)
            except OSError:
                break
            if not part:
                break
            text += part
        return text.decode().replace("\r\n", "\n")

    def close(self):
        os.close(self.theirs)


def shown(arguments, tmp_path, columns, **more):
    terminal = Terminal(columns)
    process = subprocess.Popen(
        [TAGMEND, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=terminal.theirs, stderr=subprocess.DEVNULL,
        env=environment(tmp_path, TERM="xterm", **more),
    )
    terminal.close()
    text = terminal.read()
    process.wait()
    return text


PLAIN = re.compile(r"\x1b\[[0-9;]*m")
SCREENS = {
    "replay": ["replay", "events/mapping-missing", "--world", "events/world.json"],
    "explain": ["explain", DENIAL],
    "scan": ["scan"],
    "simulate": ["simulate", "tests/end_to_end/manners/requests.jsonl"],
    "review": ["review"],
}


@pytest.mark.parametrize("command", SCREENS)
def test_a_terminal_shows_what_a_pipe_of_its_width_does(command, tmp_path):
    arguments = SCREENS[command]
    for columns in [80, 120, 200]:
        piped = run(arguments, tmp_path, COLUMNS=str(columns)).stdout
        screen = shown(arguments, tmp_path, columns)
        assert PLAIN.sub("", screen) == piped
        assert "\x1b" not in piped
        assert shown(arguments, tmp_path, columns, NO_COLOR="1") == piped


def test_colour_comes_where_it_is_asked_for(tmp_path):
    arguments = SCREENS["replay"]
    plain = run(arguments, tmp_path).stdout
    for coloured in [
        run(arguments, tmp_path, CLICOLOR_FORCE="1").stdout,
        run([*arguments, "--color", "always"], tmp_path).stdout,
        run(["--color=always", *arguments], tmp_path, NO_COLOR="1").stdout,
    ]:
        assert "\x1b[" in coloured and PLAIN.sub("", coloured) == plain
    assert "\x1b" not in shown([*arguments, "--color", "never"], tmp_path, 120)
    assert "\x1b[" in shown(["--help"], tmp_path, 120) and "\x1b" not in shown(["--help"], tmp_path, 120, NO_COLOR="1")


def test_progress_is_for_terminals(tmp_path, serve, world):
    sandbox = serve({**world, "caller_policies": None})
    sandbox.fault(operation="sso:DescribePermissionSet", kind="silence", skip=11, times=None)
    terminal = Terminal(120)
    process = subprocess.Popen(
        [TAGMEND, *ASKING["scan"]], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal.theirs,
        env=environment(tmp_path, TERM="xterm", **sandbox.environment),
    )
    terminal.close()
    seen = terminal.read(until=re.compile(b"11 of 25 permission sets, "))
    process.kill()
    process.wait()
    assert "11 of 25 permission sets, " in seen
    done = run(ASKING["scan"], tmp_path, **serve(world).environment)
    assert done.returncode == 0 and len(done.stderr.splitlines()) == 1, done.stderr


# What is read where AWS stops to answer, and the line that is left then.
WAITING = {
    "review": ("s3:GetObject", 6, rb"[1-9]\d* of 14 objects of the journal, "),
    "review, how things stand": ("sso:DescribeInstanceAccessControlAttributeConfiguration", 0, rb"[1-9]\d* calls to AWS, \d+\.\d/s"),
    "explain": ("identitystore:DescribeUser", 0, rb"[1-9]\d* calls to AWS, \d+\.\d/s"),
    "doctor": ("cloudtrail:DescribeTrails", 0, rb"[1-9]\d* calls to AWS, \d+\.\d/s"),
}


@pytest.mark.parametrize("row", WAITING)
def test_progress_of_live_reads(row, tmp_path, serve, world):
    operation, skip, line = WAITING[row]
    command = row.split(",")[0]
    objects = dict(world["journal"]["objects"])
    for hour in range(12):
        fix = f"20261123T{hour:02}0000.000Z/restore_mapping/Department"
        objects[f"fixes/{fix}.json"] = {"schema": 1, "id": fix}
    sandbox = serve({**world, "caller_policies": None, "journal": {**world["journal"], "objects": objects}})
    sandbox.fault(operation=operation, kind="silence", skip=skip, times=None)
    terminal = Terminal(120)
    process = subprocess.Popen(
        [TAGMEND, *ASKING[command]], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal.theirs,
        env=environment(tmp_path, TERM="xterm", **sandbox.environment),
    )
    terminal.close()
    seen = terminal.read(until=re.compile(line))
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert re.search(line.decode(), seen)


@pytest.mark.parametrize("command", ["review", "explain", "doctor"])
def test_no_progress_where_there_is_no_terminal(command, tmp_path, sandbox):
    done = run(ASKING[command], tmp_path, **sandbox.environment)
    assert "calls to AWS" not in done.stderr and "of the journal, " not in done.stderr and "\x1b" not in done.stderr


def test_what_is_installed(tmp_path):
    cargo = tmp_path / "cargo"
    cargo.write_text(f'#!/bin/sh\n[ "$*" = "install --quiet --locked --path crates/cli --root {tmp_path}/usr" ] || exit 1\n'
                     f'mkdir -p "{tmp_path}/usr/bin" && cp "{TAGMEND}" "{tmp_path}/usr/bin"\n')
    cargo.chmod(0o755)
    done = subprocess.run(["make", "install", f"PREFIX={tmp_path}/usr", f"CARGO={cargo}"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = {path.name for path in (tmp_path / "usr/share/man/man1").iterdir()}
    assert pages >= {"tagmend.1", *("tagmend-" + "-".join(command) + ".1" for command in commands(tmp_path))}
    page = (tmp_path / "usr/share/man/man1/tagmend-rollback.1").read_text()
    assert "wrong command line" not in page and "the command line is wrong" in page and "nobody\\-else" in page
    bash = tmp_path / "usr/share/bash-completion/completions/tagmend"
    asked = f'source {bash}; COMP_WORDS=(tagmend bas); COMP_CWORD=1; _tagmend tagmend bas tagmend; echo "${{COMPREPLY[@]}}"'
    assert subprocess.run(["bash", "-c", asked], capture_output=True, text=True).stdout == "baseline\n"
    assert "#compdef tagmend" in (tmp_path / "usr/share/zsh/site-functions/_tagmend").read_text()
    assert "complete -c tagmend" in (tmp_path / "usr/share/fish/vendor_completions.d/tagmend.fish").read_text()


def test_the_version(tmp_path):
    long, short = run(["--version"], tmp_path), run(["-V"], tmp_path)
    assert (long.stdout, long.returncode) == (short.stdout, 0)
    assert re.fullmatch(
        r"tagmend \d+\.\d+\.\d+ \((commit [0-9a-f]{12}( or later, debug build)?|built outside of git)\)\n"
        r"built-in baseline: infra/baseline\.json, [0-9a-f]{64}\n",
        long.stdout,
    ), long.stdout


def blocks():
    """What the README shows between its fences, each with its first line."""
    return re.findall(r"^```\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


def plain(line):
    return " ".join(line.split())


def test_the_readme_shows_what_its_commands_print(tmp_path):
    """From an empty folder with what a checkout has, as whoever pastes it."""
    for name in ["events", "docs"]:
        (tmp_path / name).symlink_to(ROOT / name)
    followed = 0
    for block in blocks():
        command, *lines = block.splitlines()
        # `tagmend review ...` stands for what tests/end_to_end/review/sample.rs compares.
        if not command.startswith("$ tagmend ") or "..." in command:
            continue
        followed += 1
        words = command.removeprefix("$ ").replace("(shortened)", "").split()
        done = run(words[1:], tmp_path, cwd=tmp_path)
        printed = iter([plain(line) for line in done.stdout.splitlines()])
        for line in filter(None, map(plain, lines)):
            assert any(line in other for other in printed), f"{line}\nis not, or not there, in\n{done.stdout}"
    assert followed == 2


def recipe(target):
    """The commands that make would run, in lines."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", target, "CARGO=cargo", "PYTHON=python3"], cwd=ROOT, capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# What each `make` line of the README runs, as far as it is no building: the tests above and those named run the same.
MAKE = {
    "replay": ["cargo run --quiet --locked --package tagmend-cli -- replay events || test $? -eq 2"],
    "review": [
        f'REVIEW_SAMPLE="{ROOT}/.review" cargo test --quiet --locked --workspace --test end_to_end review::sample::each_day',
        "cargo run --quiet --locked --package tagmend-cli -- review --world .review/world.json",
    ],
    "test": [
        "cargo test --workspace --locked",
        "cargo build --workspace --all-targets --locked",
        ".venv/bin/python -m pytest --quiet -rs --numprocesses auto --dist loadfile tests/outside",
    ],
    "deploy": ["sam build --template infra/template.yaml", f'sam deploy --config-file "{ROOT}/infra/samconfig.toml"'],
    "install": ["cargo install --quiet --locked --path crates/cli"],
}


def test_the_make_lines_of_the_readme_are_targets(tmp_path):
    text = (ROOT / "README.md").read_text()
    named = set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)) | set(re.findall(r"`make ([a-z-]+)", text))
    assert named == MAKE.keys()
    for target, expected in MAKE.items():
        lines = recipe(target)
        for command in expected:
            assert any(command in line for line in lines), (target, command, lines)
    # What `make replay` prints is what its command does, and what it says to try next is there.
    done = run(["replay", "events"], tmp_path)
    assert done.returncode == 2 and "+ planned: restore the mapping Department" in done.stdout
    assert any("try next: target/debug/tagmend explain events/mapping-missing/explicit-deny.json" in line for line in recipe("replay"))


def test_cargo_install_makes_the_command_that_the_readme_names(tmp_path):
    """In the profile of the tests, whose crates are compiled: a release would take ten minutes."""
    assert "`cargo install --locked --path crates/cli`" in (ROOT / "README.md").read_text()
    command = ["cargo", "install", "--quiet", "--locked", "--path", "crates/cli", "--profile", "dev", "--root", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["tagmend"]
    said = subprocess.run([tmp_path / "bin" / "tagmend", "-V"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.startswith("tagmend 0.1.0 (commit ")


def test_the_readme_heals_a_sandbox_twice(tmp_path):
    (tmp_path / "events").symlink_to(ROOT / "events")
    (block,) = [block for block in blocks() if block.startswith("target/debug/tagmend replay")]
    first, second = [run(line.split()[1:], tmp_path, cwd=tmp_path) for line in block.splitlines()]
    assert "restore the mapping Department = ${path:enterprise.department}: fixed and verified" in first.stdout
    assert "fixed and verified" not in second.stdout
