"""The interpreter of a process whose event loop must not stand still."""

import subprocess
import sys

HEAD = "import gc, sys\nfrom sophon_report.ops import interpreter\n"


def told(program):
    """What a program prints: all this is of a whole process, so each has its own."""
    done = subprocess.run([sys.executable, "-c", HEAD + program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_a_start_has_made_is_left_out_of_collections_which_go_on_after_it():
    program = """
interpreter.start_without_collecting()
print(gc.isenabled())
interpreter.keep_what_is_there()
kept = len(gc.get_objects())
print(gc.isenabled(), gc.get_freeze_count() > 10 * kept)
"""
    assert told(program) == ["False", "True", "True"]


def test_no_thread_waits_long_for_one_that_computes():
    assert told("interpreter.share_quickly()\nprint(sys.getswitchinterval() <= 0.001)") == ["True"]
