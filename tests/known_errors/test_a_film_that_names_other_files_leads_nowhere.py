"""Only protocols were confined: a playlist in the import folder opened films outside of it."""

import av
import numpy as np
import pytest

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.sources.capture import open_capture

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n../outside.ts\n#EXT-X-ENDLIST\n"
PARTS = "ffconcat version 1.0\nfile 'link.ts'\n"


def film(path):
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shade in range(25):
            picture = np.full((48, 64, 3), 10 * shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode(None))
    return path


def opened(path):
    capture = open_capture(Device("f", "film", DeviceType.FILE, str(path)))
    try:
        return capture.read()[1].width
    finally:
        capture.close()


@pytest.mark.parametrize(("name", "content"), [("list.m3u8", PLAYLIST), ("list.ffconcat", PARTS)])
def test_a_film_that_names_other_files_leads_nowhere(tmp_path, name, content):
    """What it names can be read by itself."""
    outside = film(tmp_path / "outside.ts")
    inside = tmp_path / "import"
    inside.mkdir()
    (inside / "link.ts").symlink_to(outside)
    (inside / name).write_text(content)
    with pytest.raises(SourceError, match="is no video that can be read"):
        opened(inside / name)
    assert opened(outside) == 64
