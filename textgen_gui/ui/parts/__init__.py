"""What every view uses: jobs, forms, the plot, small widgets, colours."""
