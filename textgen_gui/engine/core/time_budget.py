"""When a run by time is planned again: the training does so, and whoever tells how long it takes has to know it."""

SHARES = (0.1, 0.5, 0.8, 0.9)  # of the steps, after which the rest is planned again
FEWEST = 0.05  # of the steps that are left at least, in which the learning rate can fall
EVALUATIONS, FEWEST_EVALUATIONS = 20, 5  # how often a run is evaluated; the fewest where looks take much of its time
