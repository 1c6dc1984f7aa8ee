"""The vendor's sample flow sets the upload address behind its event, and never saw it unless it was very quick."""

from bundled_receiver import bundled_receiver
from running_box import running_box, until

SET = "/sophon/v2/face/setconfigs"


def test_an_event_before_the_first_upload_address_is_uploaded(tmp_path_factory):
    """The first address ever set gets what happened before; one that is set anew later does not."""
    root = tmp_path_factory.mktemp("s") / "d"
    with bundled_receiver() as receiver, running_box(root, access={"open_writes": True}) as box:

        def post_to(url):
            return box.post(SET, {"config_dict": {"HISTORY_EVENT_UPLOAD_URL": url, "HISTORY_REPORT_PEROID": 1}})

        def somebody_comes(records):
            box.vision.visit("eve")
            until(lambda: box.journaled() == records)

        url = receiver.url("/HistoryEvent")
        post_to("")
        somebody_comes(records=2)
        assert post_to(url).status == 200
        receiver.wait_for("/HistoryEvent", 1)
        post_to("")
        somebody_comes(records=4)
        post_to(url)
        somebody_comes(records=6)
        told = receiver.wait_for("/HistoryEvent", 2)
        until(lambda: box.backlogs() == {"history-1": 0})
    assert len(told) == 2
    assert told[0]["timestamp"] < told[1]["timestamp"]
