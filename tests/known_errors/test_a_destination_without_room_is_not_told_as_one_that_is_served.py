"""``doctor`` said of a destination of the file that it is told events, when the service had no room for it."""

from sophon_report import known_destinations
from sophon_report.config import Settings
from sophon_report.config.seeds import DestinationSeed
from sophon_report.doctor.delivery import LOOKS
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.destinations import MAX_DESTINATIONS


def test_doctor_warns_of_what_is_over_the_bound(tmp_path):
    """Those within it are looked at, those over it are named."""
    names = [f"d{number}" for number in range(MAX_DESTINATIONS + 2)]
    seeds = tuple(DestinationSeed(name=name, url="http://127.0.0.1:1/") for name in names)
    settings, place = Settings(data_dir=tmp_path, destination=seeds), DataDir(tmp_path)
    assert [each.name for each in known_destinations.stored(settings, place)] == names[:MAX_DESTINATIONS]
    told = [finding for look in LOOKS for finding in look(settings, place)]
    over = [finding.subject for finding in told if "there are 32 already" in finding.text]
    assert over == ["destination d32", "destination d33"]
