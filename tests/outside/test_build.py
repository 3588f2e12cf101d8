"""`sam build` made what the template deploys: one executable that a Lambda runtime can start."""

import os
import subprocess

import pytest
from conftest import ROOT


@pytest.mark.parametrize(
    ("function", "settings", "complaint"),
    [("Heal", {"MODE": "nonsense"}, "MODE is `nonsense`"), ("Watch", {}, "JOURNAL_BUCKET is not set")],
)
def test_the_package_holds_the_function_and_nothing_else(function, settings, complaint):
    package = ROOT / ".aws-sam" / "build" / function
    assert sorted(path.name for path in package.iterdir()) == ["bootstrap"]
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", **settings}
    done = subprocess.run(
        [package / "bootstrap"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert complaint in done.stdout, "the function itself, with its own settings"
