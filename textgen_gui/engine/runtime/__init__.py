"""This computer: its devices, its memory, and how much of it training may take."""
