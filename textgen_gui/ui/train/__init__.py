"""The tab Train: runs set up, watched and compared."""
