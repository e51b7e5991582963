"""The tab Data: texts in, token files out."""
