"""axe-core, which finds what keeps people out of a page: fetched from npm at set-up, no part of the package.

By Deque, MPL 2.0. ``python tests/browser/axe.py FOLDER`` fetches it, which ``./scripts/setup --browser`` does.
"""

import sys
from pathlib import Path

from sophon_report.vision.models.fetch import Member, Package, fetch_archive_members

PLACE = Path(__file__).resolve().parents[2] / "var" / "browser"
PACKAGE = Package(registry="npm", name="axe-core", version="4.14.1")
SCRIPT = Member("package/axe.min.js", "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c", 653780)
SERIOUS = ("serious", "critical")


def fetch(into=PLACE):
    """The script's file, fetched if it is not there and right."""
    (file,) = fetch_archive_members(PACKAGE, [SCRIPT], Path(into))
    return file


def serious_problems(page):
    """What axe finds on the page as it is shown: a line each, ``[]`` when nobody is kept out."""
    page.evaluate(fetch().read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['impact']} {each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


if __name__ == "__main__":
    fetch(*sys.argv[1:])
