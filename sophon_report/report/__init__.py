"""What joins the rooms below in the report process: what vision says becomes events, settings change live.

``app`` makes, starts and stops them; the command line asks some for figures. Nothing below imports from here.
"""
