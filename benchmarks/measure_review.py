"""Measure how fast the page of a review reacts: from a key to the next proposal on the screen, and to the file.

    .venv/bin/python benchmarks/measure_review.py --proposals 2000

writes a video and an .eaf file with so many proposals into a temporary folder, and decides about 40 of them in
headless Chromium (Debian's package chromium; playwright comes with `make test`).
"""

import argparse
import statistics
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/builders")]

from made_review import made_review  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from signwild.annotation.review.server import review_server  # noqa: E402
from signwild.annotation.review.session import Session  # noqa: E402
from signwild.annotation.review.work_log import WorkLog  # noqa: E402
from signwild.configuration.sections.dataset import Tiers  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
DECISIONS = 40
LENGTH_MS, EVERY_MS = 1500, 3000

PRESS = """key => new Promise(done => {
  const start = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => {
    const shown = performance.now() - start;
    sending.then(() => done([shown, performance.now() - start]));
  }));
})"""
"""Milliseconds from a key until the next picture of the page is drawn, and until the server has written the file."""


def main() -> None:
    """Print the median and the largest of both times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proposals", type=int, default=2000, help="number of proposals (default: 2000)")
    number = parser.parse_args().proposals
    own = [(place * EVERY_MS, place * EVERY_MS + LENGTH_MS, "unsure") for place in range(number)]
    spans = {"signing": own[::2], "speaking": own[1::2], "other": []}
    with tempfile.TemporaryDirectory() as folder:
        target = made_review(Path(folder) / "annotations", spans=spans, seconds=number * EVERY_MS // 1000, fps=1)
        session = Session([target], Path(folder), WorkLog(Path(folder), is_on=True), print, Tiers())
        server, address = review_server(session, 0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(address)
            page.wait_for_selector("tr[aria-current]")
            times = [page.evaluate(PRESS, "Enter") for _ in range(DECISIONS)]
            decided = page.inner_text("#progress")
            browser.close()
        server.shutdown()
    if decided != f"{DECISIONS} of {number:,} decided":
        sys.exit(f"error: {decided}, of {DECISIONS} decisions")
    for what, column in (("until it is on the screen", 0), ("until it is in the file", 1)):
        taken = [row[column] for row in times]
        print(
            f"{what}: median {statistics.median(taken):.0f} ms, at most {max(taken):.0f} ms, of {len(taken)} decisions"
        )


if __name__ == "__main__":
    main()
