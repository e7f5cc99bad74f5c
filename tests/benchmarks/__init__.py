"""Measurements; each prints its figures. None of them is a test: machines differ."""
