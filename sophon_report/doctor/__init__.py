"""What an operator asks of a box that does not do what it should: everything is looked at, nothing is changed.

:func:`sophon_report.doctor.examine.examine` gives the findings; each module beside it looks at one thing.
"""
