"""The first look at the page over a slow link, against one plain document of as many bytes.

The link is Chromium's own emulation: 1.6 Mbit/s down, 750 kbit/s up, 150 ms from asking to the first byte. The
peer is what nothing can beat: all bytes of the first screen as one document that needs no second request. First
paint is the browser's own figure; usable is when a password can be sent. The service is a process of its own.
"""

import http.server
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Tuple

ROUNDS = 5
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PAINT = "performance.getEntriesByType('paint').find((each) => each.name === 'first-contentful-paint').startTime"
USABLE = "() => document.querySelector('button.primary')?.disabled === false"


def run():
    """Figures of one run."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - ./scripts/setup --browser brings it

    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        size_bytes, files = look(browser, url)[2:]
        with plain(size_bytes) as plain_url:
            rounds = [(look(browser, url), look(browser, plain_url, "() => true")) for _ in range(ROUNDS)]
        browser.close()
    paint, usable = ([ours[at] for ours, _ in rounds] for at in (0, 1))
    ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in rounds)
    return {
        "name": "page, first look at 1.6 Mbit/s and 150 ms",
        "results": [
            {"what": "first paint", "value": statistics.median(paint) / 1000, "goal": "< 1", "unit": "s"},
            {"what": "of one plain document of as many bytes", "value": ratio, "goal": None, "unit": "x"},
            {"what": "usable", "value": statistics.median(usable) / 1000, "goal": None, "unit": "s"},
            {"what": "sent", "value": size_bytes / 1000, "goal": "< 200", "unit": "KB"},
            {"what": "files", "value": files, "goal": None, "unit": ""},
        ],
    }


def look(browser, url: str, usable: str = USABLE) -> Tuple[float, float, int, int]:
    """First paint and usable in ms, bytes, files: of a browser that was never there."""
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    client, sizes = context.new_cdp_session(page), []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    client.send("Network.enable")
    client.send("Network.emulateNetworkConditions", SLOW)
    began_s = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(usable, polling=20)
    usable_ms = (time.perf_counter() - began_s) * 1000
    page.wait_for_load_state("networkidle")
    found = (page.evaluate(PAINT), usable_ms, sum(sizes), len(sizes))
    context.close()
    return found


@contextmanager
def service(folder: Path):
    """Its address, on an empty folder."""
    ports = "".join(f"{name}_port = 0\n" for name in ("event", "api", "preview", "control", "system"))
    config, log = folder / "config.toml", folder / "log"
    config.write_text(f'data_dir = "{folder / "d"}"\n[server]\nhost = "127.0.0.1"\n{ports}')
    command = [sys.executable, "-m", "sophon_report", "run", "--only", "report", "--config", str(config)]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        while '"serving"' not in log.read_text():
            time.sleep(0.1)
        serving = next(json.loads(line) for line in log.read_text().splitlines() if '"serving"' in line)
        yield f"http://127.0.0.1:{serving['api_port']}/"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def plain(size_bytes: int):
    """The address of one document of that size."""
    words = b"<!DOCTYPE html><title>plain</title><h1>plain</h1><!--"
    body = words + b"x" * (size_bytes - len(words) - 3) + b"-->"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
