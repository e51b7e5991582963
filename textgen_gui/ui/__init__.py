"""The window: the only place that imports Qt. It shows events and starts jobs; it never touches torch."""
