"""The proof of the gate: request shapes from a grammar, sent to a real WordPress and shown to the gate.

`make differential` runs it long; `make test` runs a few hundred shapes with a fixed seed.
"""
