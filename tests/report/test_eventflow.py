"""What vision says becomes events while the list of devices changes."""

from dataclasses import replace

from event_flow import DOOR, START_MS, somebody_comes, told

from sophon_report.link.messages import TrackEnded
from sophon_report.model import Recognition, Track, Visit


def test_a_visit_goes_on_while_its_device_gets_another_name(tmp_path):
    """One recognition and one visit, which lasts until the person has left."""

    async def story(flow):
        await somebody_comes(flow)
        flow.devices_changed([replace(DOOR, name="back door", permission_id="p", roi=(0, 0, 9, 9))])
        track = Track(1, START_MS, START_MS + 9000)
        await flow.message(TrackEnded("door", track))
        assert flow.states()["door"].state == "online"

    recognition, visit = told(tmp_path, story)
    assert (type(recognition), type(visit)) == (Recognition, Visit)
    assert recognition.event_id == visit.event_id
    assert visit.out_ms == START_MS + 9000


def test_a_device_that_is_removed_ends_its_visits(tmp_path):
    """With the last time known; its state is forgotten."""

    async def story(flow):
        await somebody_comes(flow)
        flow.devices_changed([])
        assert flow.states() == {}

    _, visit = told(tmp_path, story)
    assert (visit.ended_by, visit.out_ms) == ("lost", START_MS + 3000)


def test_a_device_that_shows_something_else_is_starting(tmp_path):
    """What was known of its pictures is not true any more."""

    async def story(flow):
        await somebody_comes(flow)
        flow.devices_changed([replace(DOOR, url="rtsp://10.0.0.22/main")])
        state = flow.states()["door"]
        assert (state.state, state.tracks) == ("starting", ())

    assert len(told(tmp_path, story)) == 2
