"""TextGen GUI: train a small language model on your own text, on your own computer, and write with it."""

__version__ = "0.1.0"
