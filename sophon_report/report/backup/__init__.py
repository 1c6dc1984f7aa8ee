"""Settings, cameras, destinations and people in one file, and put back from it: written, checked, applied."""
