"""Take it with you: a model leaves as a file, a page or a folder, and is checked before it counts as done."""
