"""Somebody before the page: which language, which screen, which user; and what the browser complained of."""

import re
from contextlib import suppress

from waiting import until

SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
LANGUAGES_AND_SIZES = [("zh", "desktop"), ("en", "phone"), ("en", "desktop"), ("zh", "phone")]
PATIENCE_MS = 30_000
SHORT_MS = 1000
LOST = "CONNECTION|INTERNET|EMPTY|SOCKET|NETWORK|INCOMPLETE|CONTENT_LENGTH|TIMED_OUT"
"""How Chromium begins the names of what it says when a line is cut, whichever step of a request it was at."""
EXPECTED = re.compile(rf"status of (4\d\d|5\d\d)|WebSocket connection|net::ERR_({LOST})")
"""What a browser writes about answers that the page itself explains."""


ROWS_IN_SIGHT = """() => {
    const list = document.querySelector(".long-list"), box = list.getBoundingClientRect();
    const inside = (place) => place.top < box.bottom - 1 && place.bottom > box.top + 1;
    const rows = [...list.querySelectorAll(".long-row")]
        .map((row) => [Number(row.getAttribute("aria-posinset")), row.getBoundingClientRect()])
        .filter(([_, place]) => inside(place));
    const height = rows.reduce((sum, [_, place]) =>
        sum + Math.min(place.bottom, box.bottom) - Math.max(place.top, box.top), 0);
    return height > list.clientHeight - 4 ? rows.map(([number]) => number) : [];
}"""


def becomes(page, expression, arg=None):
    """Wait until an expression in the page is true.

    Playwright's own ``wait_for_function`` evaluates texts in the page up to 1.48, which the page's policy forbids.
    """
    from playwright.sync_api import Error

    def is_true():
        try:
            return page.evaluate(expression, arg)
        except Error:
            return None  # the page was on its way to another document

    return until(is_true, expression, PATIENCE_MS / 1000)


def come_to(page, hash_):
    """Wait until the page is at that place of it."""
    becomes(page, "hash => location.hash === hash", hash_)


def rows_in_sight(page):
    """Numbers of the rows of a long list that one sees now; none while something else is to be seen there."""
    return page.evaluate(ROWS_IN_SIGHT)


class HeldCalls:
    """Calls of a page, at most so many, that the box gets only when this is over: what a reader does meanwhile."""

    def __init__(self, page, pattern, method="POST", most=100):
        self._page, self._pattern, self._method, self._most = page, pattern, method, most
        self._routes = []

    def __enter__(self):
        self._page.route(self._pattern, self._hold)
        return self

    def __exit__(self, *_):
        for route in self._routes:
            route.continue_()
        self._page.unroute(self._pattern, self._hold)

    def wait(self, count=1):
        """Until so many are held; all of them."""
        # The browser is heard of only while it is asked something.
        until(
            lambda: self._page.evaluate("true") and len(self._routes) >= count,
            f"{count} calls",
            PATIENCE_MS / 1000,
        )
        return [route.request for route in self._routes]

    def _hold(self, route):
        if route.request.method == self._method and len(self._routes) < self._most:
            self._routes.append(route)
        else:
            route.fallback()


class Reader:
    """Opens pages, and at the end says that nothing went wrong in them.

    Anything the browser complains of, a refused style, an error that nobody caught, fails the test.
    """

    def __init__(self, browser):
        self._browser, self._contexts, self.complaints = browser, [], []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        from playwright.sync_api import Error

        for context in self._contexts:
            for page in context.pages:  # shown when the test failed: what stood there is half of why
                with suppress(Error):
                    print(page.url, page.inner_text("body", timeout=SHORT_MS), sep="\n")
            context.close()
        assert kind is not None or self.complaints == [], self.complaints

    def context(self, language="en", size="desktop", **more):
        """A browser of its own: no cookie but those it is given."""
        touch = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
        context = self._browser.new_context(
            **{
                "viewport": SIZES[size],
                "locale": LOCALES[language],
                "permissions": ["camera", "clipboard-read", "clipboard-write"],
                **touch,
                **more,
            },
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        return context

    def visitor(self, box, language="en", size="desktop", at="", **more):
        """The page before anybody has logged in."""
        page = self.context(language, size, **more).new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}"))
        page.goto(f"{box.url}/{at}")
        page.wait_for_selector("main h1")
        return page

    def open(self, box, at="#/live", language="en", size="desktop", user=None, password=None, **more):
        """The page of ``user`` (the admin when none is named), at a place of it."""
        page = self.context(language, size, **more).new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}"))
        self.log_in(page, box, user or box.user, password or box.password)
        page.goto(f"{box.url}/{at}")
        page.wait_for_selector("#main h1")
        return page

    def log_in(self, page, box, user, password):
        """Give the browser of ``page`` a session; after wrong passwords of another test it has to wait a while."""

        def opened():
            answer = page.request.post(
                f"{box.url}/api/v1/session",
                data={"username": user, "password": password, "cookie": True},
                headers={"X-Sophon-Page": "1"},
            )
            assert answer.ok or answer.status == 429, answer.text()
            return answer.ok

        until(opened, "a login")

    def _heard(self, message):
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.complaints.append(message.text)
