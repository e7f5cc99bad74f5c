"""Coverage-guided fuzzing of the parsers that see hostile bytes first.

`python -m tests.fuzz forms -max_total_time=600` searches as long as one likes; `make test` runs each
shortly.
"""
