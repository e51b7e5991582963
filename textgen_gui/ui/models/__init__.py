"""The page Models: what is in the library of this computer, and finding more."""
