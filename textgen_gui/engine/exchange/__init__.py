"""Models in and out: folders, files and names from elsewhere become models; models become files for elsewhere."""
