"""Pictures of every screen for ``docs/screens``: ``./scripts/screens``.

The film they come from shows Eileen Collins only (NASA, public domain): no picture of anybody else of the sample
may be published.
"""

import shutil
import tempfile
from pathlib import Path

from bundled_receiver import BundledReceiver
from command import command
from conftest import FLAGS, PROGRAMS
from film_box import PASSWORD, film_box
from playwright.sync_api import sync_playwright
from reader import Reader

from sophon_report.demo.media import PEOPLE, TRUTH, VIDEO, DemoMedia
from sophon_report.demo.pictures import fetch_pictures
from sophon_report.demo.truth import load_truth

REPO = Path(__file__).resolve().parents[2]
PLACE = REPO / "docs" / "screens"
WHILE_IT_PLAYS = (("live", "#/live"), ("cameras", "#/cameras"))
SCREENS = (
    ("people", "#/people"),
    ("upload", "#/upload"),
    ("history", "#/history"),
    ("system", "#/system"),
    ("access", "#/access"),
)
LOOKS = (("en", "desktop", "light"), ("zh", "desktop", "dark"), ("zh", "phone", "light"))
SETTLE_MS = 1500


def film(folder):
    """A film with one person in it, whose picture may be published."""
    fetch_pictures(REPO / "var" / "pictures")
    people = folder / "portraits"
    people.mkdir()
    shutil.copy(REPO / "var" / "pictures" / "astronaut.png", people / "E-0002__Eileen Collins.png")
    made = command("demo-media", folder / "media", "--people", people, "--data-dir", REPO / "var")
    assert made.returncode == 0, made
    return DemoMedia(folder / "media" / VIDEO, folder / "media" / PEOPLE, load_truth(folder / "media" / TRUTH))


def furnish(box, url):
    """What a box has that is in use: a password of its own and somebody to send to."""
    box.choose(PASSWORD)
    box.made("POST", "/destinations", {"name": "platform", "url": url, "layout": "g2", "from": "oldest"})


def shown(reader, box, look, at):
    """The page at a place, in a look."""
    language, size, scheme = look
    page = reader.open(box, at, language, size, color_scheme=scheme)
    page.wait_for_timeout(SETTLE_MS)
    return page


def take(browser, box):
    """The cameras while the film plays, then all others."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with Reader(browser) as reader:
        for look in LOOKS:
            for name, at in WHILE_IT_PLAYS:
                page = shown(reader, box, look, at)
                page.screenshot(path=PLACE / f"{name}-{look[0]}-{look[1]}.png")
                page.close()
        box.see_the_film_end()
        for look in LOOKS:
            for name, at in SCREENS:
                page = shown(reader, box, look, at)
                page.screenshot(path=PLACE / f"{name}-{look[0]}-{look[1]}.png")
                page.close()


def main():
    """Write them anew."""
    # The page shows it as the place of the film.
    folder = Path(tempfile.gettempdir()) / "box"
    folder.mkdir()
    program, receiver = next(filter(None, map(shutil.which, PROGRAMS))), BundledReceiver()
    try:
        with film_box(folder, film(folder), "realtime") as box, sync_playwright() as playwright:
            furnish(box, receiver.url("/HistoryEvent"))
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            take(browser, box)
            browser.close()
    finally:
        receiver.close()
        shutil.rmtree(folder)
    print(f"wrote {PLACE}")


if __name__ == "__main__":
    main()
