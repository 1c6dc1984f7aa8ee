"""Run benchmarks and print their ratios; each compares with a named peer in the same run.

A benchmark is a module of this folder with ``run()``, which returns ``{"name", "results": [{"what", "value",
"goal", "unit"}, ...]}``. What several of them need is in ``parts``. Those with ``MINUTES`` go on for as long as
``--minutes`` says, else for so many; ``soak`` runs only when it is named.
"""

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any, Dict, List

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "run")


def main() -> int:
    """Run what the command line names; all when it names none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--minutes", type=float, metavar="N", help="how long soak (30) and vision (1) go on")
    parser.add_argument("--rows", type=int, metavar="N", help="how many events there are (10,000,000)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    sys.path[:0] = [str(HERE), str(HERE.parent.parent)]
    print(machine(), flush=True)
    reports = []
    for name in arguments.names or [name for name in NAMES if name != "soak"]:
        module = importlib.import_module(name)
        if arguments.rows and name == "events":
            module.ROWS = arguments.rows
        usual = getattr(module, "MINUTES", None)
        report = module.run() if usual is None else module.run(arguments.minutes or usual)
        reports.append(report)
        show(report)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), "reports": reports}, indent=2) + "\n")
    return 0


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        model = lines[0] if lines else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def show(report: Dict[str, Any]) -> None:
    """Print one report as a table."""
    rows: List[Dict[str, Any]] = report["results"]
    width = max(len(row["what"]) for row in rows)
    print(f"\n{report['name']}")
    for row in rows:
        value = row["value"]
        text = f"{value:.3g}" if isinstance(value, float) else str(value)
        goal = f"goal {row['goal']}" if row.get("goal") else ""
        print(f"  {row['what']:<{width}}  {text:>8} {row.get('unit', ''):<10} {goal}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
