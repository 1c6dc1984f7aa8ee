"""``python -m sophon_report.vision.compiling``: what ``scripts/compile-models`` runs."""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, List, Sequence, Tuple

from sophon_report.errors import SophonReportError
from sophon_report.vision.compiling.compiler import Compiler
from sophon_report.vision.compiling.make import Made, Maker, Wanted
from sophon_report.vision.compiling.samples import SampleMaker
from sophon_report.vision.engines.cpu import CpuEngine
from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR, EMBEDDER
from sophon_report.vision.models.chip_files import BATCHES, CHIPS, FP16, FP32, INT8
from sophon_report.vision.models.library import ModelLibrary

ROLES = (DETECTOR, EMBEDDER, ATTRIBUTES)
DETECTOR_HW = (384, 640)
"""A camera's 16:9 at half of 720p: 640x360 and 24 rows of padding to a multiple of 32. It finds all faces from
40 px of a 720p picture (measured on the CPU), and features of smaller ones are weak; a letterbox of 640x640 finds
the same and costs 1.7 times as much."""
ASKED = 7


def main(arguments: Sequence[str]) -> int:
    """Make the chip models that the command line asks for; returns the exit status."""
    given = _parser().parse_args(arguments)
    begin_s = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - begin_s:6.0f} s] {line}", flush=True)

    library = ModelLibrary(given.models)
    compiler = Compiler(given.compiler, threads=given.threads)
    wanted = Wanted(
        chips=given.chip or CHIPS,
        roles=given.role or ROLES,
        precisions=given.precision or (FP32, FP16, INT8),
        batches=given.batch or BATCHES,
        detector_hw=given.detector_size,
        asked=0 if given.no_check else given.asked,
    )

    def samples() -> SampleMaker:
        engine = CpuEngine(library.open(DETECTOR), library.open(EMBEDDER), threads=given.threads)
        return SampleMaker(engine, given.film, given.photographs)

    made: List[Made] = []
    try:
        for one in Maker(library, compiler, given.out or given.models, samples, say).make(wanted):
            made.append(one)  # noqa: PERF402 - what was made before a failure is told too
    except SophonReportError as error:
        print(f"compile-models: {error}", file=sys.stderr)
        return 1
    finally:
        if given.figures and made:
            rows: List[Any] = [one.row() for one in made]
            given.figures.write_text(json.dumps(rows, indent=1) + "\n")
    say(f"{len(made)} files are in {given.out or given.models}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="compile-models", description="Compile the default models for the chips."
    )
    add = parser.add_argument
    add("--chip", action="append", choices=CHIPS, help="only this one; may be given again")
    add("--role", action="append", choices=ROLES)
    add("--precision", action="append", choices=(FP32, FP16, INT8), help="fp16 is of the BM1684X only")
    add("--batch", action="append", type=int, choices=BATCHES)
    add(
        "--detector-size",
        type=_size,
        default=DETECTOR_HW,
        metavar="WxH",
        help="multiples of 32; 640x384 if not said",
    )
    add("--out", type=Path, help="folder of the chips' folders; the models folder if not said")
    add("--models", type=Path, default=Path("var/models"), help="folder of the default models")
    add("--film", type=Path, default=Path("var/demo/media/demo.mp4"), help="what INT8 is calibrated on")
    add("--photographs", type=Path, default=Path("var/pictures"), help="asked besides frames of the film")
    add(
        "--asked",
        type=int,
        default=ASKED,
        help="pictures each model is asked on the emulator in int8; fewer in fp32 and fp16",
    )
    add("--no-check", action="store_true", help="compile only: no golden answers, no figures, own identities")
    add("--figures", type=Path, help="write how far each file agrees with its model, as JSON")
    add("--compiler", type=Path, default=Path(".venv-compiler"), help="the compiler's environment")
    add("--threads", type=int, default=len(os.sched_getaffinity(0)))
    return parser


def _size(text: str) -> Tuple[int, int]:
    width, _, height = text.partition("x")
    if (
        not (width.isdigit() and height.isdigit())
        or int(width) % 32
        or int(height) % 32
        or not int(width) * int(height)
    ):
        raise argparse.ArgumentTypeError(f"{text} is not WIDTHxHEIGHT in multiples of 32")
    return int(height), int(width)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
