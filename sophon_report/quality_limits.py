"""Limits of a picture's quality that more than one room goes by."""

CLARITY_LOST = 10.0
"""Below it nobody is recognised any more, at any size (measured with the default embedder)."""
MAX_ANGLES_DEG = 60.0
"""Sum of yaw, pitch and roll of a photo to register: the vendor's level ``high`` (interface of firmware V6)."""
REGISTRATION_SIZE_PX = 112.0
"""Short side above which the vendor's level ``high`` takes a face for registration."""
DARKEST, BRIGHTEST = 20.0, 235.0
"""Mean grey of a face outside which next to nothing is seen of it; the vendor judges brightness and gives no
figure."""
