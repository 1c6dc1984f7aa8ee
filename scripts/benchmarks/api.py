"""The vendor's calls on the running service: how many it answers, and what managing it costs recognition.

The report process runs as it is installed, with 10,000 people of one face (512 numbers), 12 cameras and 300
events.

How many: a page of ten people, a page of ten events and the list of devices, each against a bare aiohttp handler
that reads the body and returns the same bytes. Eight connections of this process ask each again and again, a
second at a time, service and peer by turns; a figure is the median of the ratios within pairs.

What it costs: somebody comes before a camera 25 times a second, told over vision's link with 70 KB of pictures.
The delay is from there until a realtime client has read the last byte of its event. Meanwhile, by turns, nobody
manages the box, or 50 programs of another process do, each with a connection and a call every half second on
average: people, devices and settings, read and changed (``parts/managing``), 100 calls a second in all, two
thirds of them changes that are on the disk when they are answered. A ratio is of the delays of all stretches of
a kind.
"""

import contextlib
import statistics

from parts import asking, disk
from parts.asking import Bare
from parts.delays import percentile
from parts.managing import Programs
from parts.passing import Passing
from parts.registered import fill, unit_rows
from parts.service import Service

from sophon_report.config import Log
from sophon_report.ops import logs
from sophon_report.ops.data_dir import DataDir

PEOPLE, DIM, CAMERAS, EVENTS = 10_000, 512, 12, 300
CALLS = {
    "a page of people": ("/sophon/v2/face/getidentities", b'{"page_limit": 10, "page_index": 3}'),
    "a page of events": ("/sophon/v2/face/getevents", b'{"page_limit": 10, "page_index": 3}'),
    "the devices": ("/sophon/v2/face/getmediadevices", b"{}"),
}
ROUNDS, ROUND_S = 10, 1.0
PROGRAMS, PAIRS, SHOTS = 50, 8, 300
WARM_UP = 50


def run():
    """Ratios of one run."""
    logs.configure(Log(level="error", format="text"), "bench")
    with disk.folder(free_bytes=2 << 30) as folder, contextlib.ExitStack() as stack:
        place, faces = DataDir(folder / "d"), unit_rows(PEOPLE, DIM)
        place.prepare()
        fill(place.store, faces)
        service = Service(folder, config())
        stack.callback(service.stop)
        service.wait()
        passing = Passing(place.vision_socket, service, faces, [f"camera-{number}" for number in range(CAMERAS)])
        stack.callback(passing.stop)
        passing.delays_ms(EVENTS, every_s=0)
        rows = [row for what, call in CALLS.items() for row in answers(what, call, service.api_port)]
        rows += delays(passing, service, stack)
    return {"name": f"api, {PEOPLE:,} people, {CAMERAS} cameras", "results": rows}


def config():
    """Settings of the service: all may read and write, as many cameras as it takes on."""
    cameras = "\n".join(
        f'[[device]]\nid = "camera-{number}"\nurl = "rtsp://192.0.2.1/{number}"' for number in range(CAMERAS)
    )
    return f"""[server]
host = "127.0.0.1"
event_port = 0
api_port = 0
preview_port = 0
control_port = 0
system_port = 0
[access]
open_reads = true
open_writes = true
[limits]
streams = 64
{cameras}
"""


def answers(what, call, port):
    """How many of a call a second, and how long the slowest take, of a bare handler's."""
    path, asked = call
    body = asking.once(port, path, asked)
    request = asking.request(path, asked)
    bare = Bare(path, body)
    try:
        ports, rounds = {"ours": port, "bare": bare.port}, []
        for each in ports.values():
            asking.again_and_again(each, request, ROUND_S)
        for number in range(ROUNDS):
            order = sorted(ports, reverse=bool(number % 2))
            rounds.append({kind: asking.again_and_again(ports[kind], request, ROUND_S) for kind in order})
    finally:
        bare.stop()

    def median(of):
        return statistics.median(map(of, rounds))

    def p99(took):
        return percentile(took, 99)

    return [
        figure(
            f"{what}: answers a second, of a bare handler's",
            median(lambda one: len(one["ours"]) / len(one["bare"])),
        ),
        figure(f"{what}: p99, of a bare handler's", median(lambda one: p99(one["ours"]) / p99(one["bare"]))),
        figure(f"{what}: answers", median(lambda one: len(one["ours"]) / ROUND_S), "a second"),
        figure(f"{what}: a bare handler's", median(lambda one: len(one["bare"]) / ROUND_S), "a second"),
        figure(f"{what}: p99", median(lambda one: p99(one["ours"])), "ms"),
        figure(f"{what}: length", len(body) / 1000, "KB"),
    ]


def delays(passing, service, stack):
    """How long an event takes, with and without programs that manage the box."""
    programs = Programs(service.api_port, PROGRAMS, DIM)
    stack.callback(programs.stop)
    took_ms = {True: [], False: []}
    for loaded in (False, True):
        with programs.at_work() if loaded else contextlib.nullcontext():
            passing.delays_ms(WARM_UP)
    programs.forget()
    for number in range(2 * PAIRS):
        loaded = number % 4 in (1, 2)
        with programs.at_work() if loaded else contextlib.nullcontext():
            took_ms[loaded] += passing.delays_ms(SHOTS)
    told = programs.told()
    rows = []
    for percent in (50, 99):
        with_, without = (percentile(took_ms[loaded], percent) for loaded in (True, False))
        what = f"shot to client's socket, p{percent}"
        rows += [
            figure(f"{what}, {PROGRAMS} programs managing, of without", with_ / without, "x", "<= 1.1"),
            figure(f"{what}, with them", with_, "ms"),
            figure(f"{what}, without", without, "ms"),
        ]
    return [
        *rows,
        figure("calls of the programs", len(told.took_ms) / told.at_work_s, "a second"),
        figure("calls of the programs, p99", percentile(told.took_ms, 99), "ms"),
        figure("calls of the programs that failed", len(told.failed), "", "0"),
    ]


def figure(what, value, unit="x", goal=None):
    """A line of the report."""
    return {"what": what, "value": value, "goal": goal, "unit": unit}
