"""The demo: a film that is made on the user's own machine, the people in it, and what is true about it.

``pictures`` says which sample photographs there are, who took them and on what basis they are used; ``cast`` turns
them, or a folder of the user's own portraits, into people; ``scene`` is the script and its geometry (pure);
``film`` paints and writes the video; ``truth`` is what a perfect service would report, and the comparison with
what one did report (pure); ``media`` puts it all into a folder. Top floor: nothing imports this but the command
line.
"""
