"""Takes the README's pictures from a running demonstration: .venv/bin/python docs/pictures/take.py http://127.0.0.1:8000"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = {"ranked-map.png": "/sites", "bed-search.png": "/beds?near=Santa+Rosa&household=adults&kind=bed"}
QUIET = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def main(server: str) -> None:
    """Each picture beside this file."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        page = browser.new_page(viewport={"width": 1200, "height": 1150})
        for name, address in PICTURES.items():
            page.goto(server + address, wait_until="networkidle")
            page.screenshot(path=Path(__file__).with_name(name))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
