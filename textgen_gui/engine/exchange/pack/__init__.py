"""A run for another machine: packed with all that it takes to train there, and brought home again.

packing.py writes the folder, with the program as a wheel (wheel.py), the versions of its libraries (pins.py) and what
starts it there (launchers.py, notebook.py). bringing.py takes what came of it.
"""
