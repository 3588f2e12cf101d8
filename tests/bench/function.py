"""What a start of `heal` costs beside a function that does nothing: until the first poll, the first invocation, memory.

Usage: function.py HEAL BARE TAGMEND; both bootstraps for this machine, and the command, which serves the sandbox.

Each is started twenty times, taking turns, behind a Runtime API of our own; medians are compared.
"""

import http.server
import json
import os
import pathlib
import queue
import re
import socket
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARTS = 20


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Hands out events, and takes the answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        # A function is killed while it waits for the next event.
        self.handle_error = lambda *_: None
        self.events, self.polls, self.answers = queue.Queue(), queue.Queue(), queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.polls.put(time.perf_counter())
        body = json.dumps(self.server.events.get()).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:111122223333:function:heal")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        # One packet: a second one would wait for the first one's acknowledgement.
        self._headers_buffer.append(b"\r\n" + body)
        self.server.sent = time.perf_counter()
        self.flush_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.answers.put((self.path, time.perf_counter() - self.server.sent))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Started:
    """A process of a function, from its start on."""

    def __init__(self, program, environment):
        self.api = RuntimeApi()
        environment = {
            "PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "heal", "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox", "RUST_LOG": "error", **environment,
        }
        begun = time.perf_counter()
        self.process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL)
        self.until_polled = self.api.polls.get(timeout=30) - begun

    def invoke(self, event):
        """Seconds until the answer."""
        self.api.events.put(event)
        path, seconds = self.api.answers.get(timeout=60)
        assert path.endswith("/response"), path
        return seconds

    def peak(self):
        """Megabytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def end(self):
        self.process.kill()
        self.process.wait()


def event(name):
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    now = time.gmtime()
    event["detail"]["eventTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", now)
    return event


def batch(event):
    return {"Records": [{
        "messageId": "1", "receiptHandle": "h", "body": json.dumps(event), "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {}, "md5OfBody": "0", "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
    }]}


def main():
    heal, bare, tagmend = sys.argv[1:4]
    settings = {"MODE": "apply", "JOURNAL_BUCKET": "tagmend-journal", "BASELINE": str(ROOT / "events/baseline.json")}
    refused = batch(event("not-identity-center/role"))
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    sandbox = subprocess.Popen(
        [tagmend, "sandbox", "--world", ROOT / "events/world.json", "--port", port], stdout=subprocess.PIPE, text=True)
    try:
        for line in sandbox.stdout:
            if "AWS_ENDPOINT_URL" in line:
                settings["AWS_ENDPOINT_URL"] = line.strip().partition("=")[2]
                break
        figures = {"heal": [], "bare": []}
        for _ in range(STARTS):
            for name, program, environment in [("heal", heal, settings), ("bare", bare, {})]:
                started = Started(program, environment)
                first = started.invoke(refused)
                figures[name].append((started.until_polled, first, started.peak()))
                started.end()
        started = Started(heal, settings)
        started.invoke(batch(event("mapping-missing/explicit-deny")))
        fix_peak = started.peak()
        started.end()
    finally:
        sandbox.kill()
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    (heal_start, heal_first, heal_peak), (bare_start, bare_first, bare_peak) = medians["heal"], medians["bare"]
    print("| measure | heal | a bare function | |")
    print("|---|---|---|---|")
    print(f"| start to first poll | {heal_start * 1000:.1f} ms | {bare_start * 1000:.1f} ms | {heal_start / bare_start:.2f} times |")
    print(f"| first invocation, a refused record | {heal_first * 1000:.1f} ms | {bare_first * 1000:.1f} ms | "
          f"{(heal_first - bare_first) * 1000:.1f} ms more |")
    print(f"| peak memory, a refused record | {heal_peak:.1f} MB | {bare_peak:.1f} MB | |")
    print(f"| peak memory, one fix | {fix_peak:.1f} MB | | |")


if __name__ == "__main__":
    main()
