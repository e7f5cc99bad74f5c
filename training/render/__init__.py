"""Linkbacks made from real texts, so that neither protocol nor form nor language tells the label.

Genuine ones from real posts, spam from real spam texts and from the templates of known campaigns.
Everything is drawn from one seeded generator; nothing is read or written.
"""
