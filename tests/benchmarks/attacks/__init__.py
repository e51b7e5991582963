"""Attacks: projects, models, texts and options made to do harm, and what became of them. A module for each kind."""
