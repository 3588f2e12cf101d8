"""Makes docs/review.png anew: what a headless Chromium shows of the page that `make review` wrote.

usage: python tools/picture.py PAGE

Beside it stays the page's SHA-256. `review::sample` of the end-to-end tests compares it with the page of today, so that
the picture is never of an older one.
"""

import base64
import hashlib
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "outside"))

import browser  # noqa: E402

WIDTH, HEIGHT = 1000, 3640


def main(page):
    if browser.find() is None:
        sys.exit("no Chromium is installed: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        shown = browser.Page(profile)
        shown.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        shown.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
        shown.call("Emulation.setScrollbarsHidden", hidden=True)
        shown.open(page.resolve().as_uri())
        picture = base64.b64decode(shown.call("Page.captureScreenshot", format="png")["data"])
        shown.close()
    (ROOT / "docs" / "review.png").write_bytes(picture)
    digest = hashlib.sha256(page.read_bytes()).hexdigest()
    (ROOT / "docs" / "review.png.source").write_text(f"{digest}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
