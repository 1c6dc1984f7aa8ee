"""Outside of active hours the hangs of every camera were forgotten, and their counts began anew each morning."""

import re
import time

from running_box import running_box
from waiting import until

from sophon_report.link.messages import Leaving

HUNG = Leaving("its decoder hangs", "door")


def hang(box):
    box.vision_goes(HUNG)
    box.vision_comes()
    until(lambda: box.vision.devices is not None, "the list of devices")


def test_a_camera_that_hung_before_its_hours_ended_is_not_forgotten(tmp_path_factory):
    """The next time it hangs is its second: it waits, and both are counted."""
    later = time.localtime(time.time() + 2 * 3600)
    period = f"{later.tm_hour:02}:00:00,{later.tm_hour:02}:59:59"
    with running_box(tmp_path_factory.mktemp("h"), access={"open_writes": True}) as box:
        hang(box)
        for switch, watched in (True, []), (False, ["door", "yard"]):
            values = {"REGN_TIME_PART1": period, "REGN_TIME_PART1_SWITCH": switch}
            assert box.post("/sophon/v2/face/setconfigs", {"config_dict": values}).status == 200
            until(lambda watched=watched: box.vision.devices == watched, "the list of devices")
        hang(box)
        assert box.vision.devices == ["yard"]
        text = box.call(box.process.service.metrics).decode()
        assert re.search(r'^sophon_report_device_hangs_total{device="door"} (.*)$', text, re.MULTILINE)[1] == "2.0"
