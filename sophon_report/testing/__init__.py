"""Fakes for tests, shipped so that whoever builds on this package can test against the same ones."""

from sophon_report.testing.crashable_files import CrashableFiles, Fault, PowerCut
from sophon_report.testing.rtsp_camera import Behaviour, RtspCamera

__all__ = ["Behaviour", "CrashableFiles", "Fault", "PowerCut", "RtspCamera"]
