"""The end of a track that came after its device was removed stayed as a face of the next device of that id.

The next visit there then seemed to have begun hours before.
"""

from event_flow import DOOR, START_MS, somebody_comes, told

from sophon_report.link.messages import TrackEnded
from sophon_report.model import Visit


def test_a_late_end_of_a_removed_devices_track_is_none_of_its_followers(tmp_path):
    """Each visit begins when its own person came."""

    async def story(flow):
        track = await somebody_comes(flow)
        flow.devices_changed([])
        await flow.message(TrackEnded("door", track))
        flow.devices_changed([DOOR])
        await somebody_comes(flow, in_ms=START_MS + 3_600_000)

    visits = [value for value in told(tmp_path, story) if isinstance(value, Visit)]
    assert [visit.in_ms for visit in visits] == [START_MS, START_MS + 3_600_000]
