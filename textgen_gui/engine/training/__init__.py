"""Tokens -> weights: the loop and what it needs before, during and after."""
