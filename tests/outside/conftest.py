"""What the outside tests share: the built command, serving a sandbox."""

import json
import os
import pathlib
import subprocess
import urllib.request

import boto3
import pytest
from botocore.config import Config

ROOT = pathlib.Path(__file__).parents[2]
TAGMEND = ROOT / "target" / "debug" / "tagmend"
REGION = "eu-west-1"


class Sandbox:
    """A running `tagmend sandbox`, and clients that talk to it."""

    def __init__(self, world):
        command = [TAGMEND, "sandbox", "--port", "0", "--world", world]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.environment = {}
        for line in self.process.stdout:
            if not line.startswith("export "):
                break
            name, value = line.removeprefix("export ").strip().split("=", 1)
            self.environment[name] = value
        self.endpoint = self.environment["AWS_ENDPOINT_URL"]

    def client(self, service, region=REGION):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def get(self, name):
        with urllib.request.urlopen(f"{self.endpoint}/_sandbox/{name}") as answer:
            return json.load(answer)

    def fault(self, **fault):
        request = urllib.request.Request(
            f"{self.endpoint}/_sandbox/faults", data=json.dumps(fault).encode(), method="POST"
        )
        urllib.request.urlopen(request).close()

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="session")
def world():
    return json.loads((ROOT / "events" / "world.json").read_text())


@pytest.fixture
def serve(tmp_path):
    """Serves a world until the test ends."""
    running = []

    def start(world):
        path = tmp_path / f"world-{len(running)}.json"
        path.write_text(json.dumps(world))
        running.append(Sandbox(path))
        return running[-1]

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def sandbox(serve, world):
    return serve(world)


@pytest.fixture(autouse=True)
def no_credentials_of_the_caller(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # What is printed is as wide as it says.
    monkeypatch.delenv("COLUMNS", raising=False)
