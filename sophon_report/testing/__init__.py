"""Fakes for tests, shipped so that whoever builds on this package can test against the same ones."""

from sophon_report.testing.crashable_files import CrashableFiles, Fault, PowerCut
from sophon_report.testing.http_camera import HttpCamera
from sophon_report.testing.rtsp_camera import Behaviour, RtspCamera
from sophon_report.testing.rtsp_h26x import CodedPicture

__all__ = ["Behaviour", "CodedPicture", "CrashableFiles", "Fault", "HttpCamera", "PowerCut", "RtspCamera"]
