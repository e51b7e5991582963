"""Weights: made, loaded safely, computed fast, saved and averaged."""
