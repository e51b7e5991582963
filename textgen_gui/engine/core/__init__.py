"""What things are: errors, settings, events, the folders of a project. Standard library only."""
