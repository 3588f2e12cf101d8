"""`sam build` made what the template deploys: one executable that a Lambda runtime can start."""

import os
import subprocess

from conftest import ROOT


def test_the_package_holds_the_function_and_nothing_else():
    package = ROOT / ".aws-sam" / "build" / "Heal"
    assert sorted(path.name for path in package.iterdir()) == ["bootstrap"]
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "MODE": "nonsense"}
    done = subprocess.run(
        [package / "bootstrap"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "MODE is `nonsense`" in done.stdout, "the function itself, with its own settings"
