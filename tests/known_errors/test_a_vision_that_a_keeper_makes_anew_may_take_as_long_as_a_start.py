"""A keeper's next worker loads its models in silence, and was killed for it after fifteen seconds."""

from running_box import running_box
from waiting import until

from sophon_report.link.messages import Leaving
from sophon_report.report.supervisor import SILENCE_S, START_S


def test_a_vision_that_a_keeper_makes_anew_may_take_as_long_as_a_start(tmp_path_factory):
    """From its leaving on until the next one's first word; then silence is a hang again."""
    with running_box(tmp_path_factory.mktemp("k"), child=["-c", "import time; time.sleep(600)"]) as box:
        patience_s = box.process._supervisor.patience_s
        assert patience_s() == START_S
        box.vision.online()
        until(lambda: patience_s() == SILENCE_S, "the first word")
        box.vision_goes(Leaving("its decoder hangs", "door"))
        assert patience_s() == START_S
        box.vision_comes()
        box.vision.online()
        until(lambda: patience_s() == SILENCE_S, "the next one's first word")
