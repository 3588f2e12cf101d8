"""The templates, as linters from outside see them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

INFRA = Path(__file__).parents[2] / "infra"
TOOLS = Path(sys.executable).parent
REGIONS = ["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"]
COMMANDS = {
    "cfn-lint": ["cfn-lint", "--regions", *REGIONS, "--"],
    "sam validate": ["sam", "validate", "--lint", "--template"],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("template", ["template.yaml", "member.yaml"])
def test_outside_linters_find_nothing(command, template):
    environment = os.environ | {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    command = [TOOLS / command[0], *command[1:], str(INFRA / template)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
