"""Tests: unit (pure), integration (one part and the real thing), acceptance (the whole, with WordPress)."""
