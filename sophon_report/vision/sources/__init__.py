"""Where frames come from: files and RTSP cameras, one thread each, and the intake where the newest frame wins."""
