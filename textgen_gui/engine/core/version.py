"""Which version of the program this is; receipts and the command line say it."""

__version__ = "0.1.0"
