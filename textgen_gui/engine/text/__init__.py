"""Texts -> tokens: reading, cleaning, splitting, the tokenizer, token files."""
