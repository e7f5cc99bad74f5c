"""The dashboard: where a blog's owner looks at linkbacks and decides.

Server-rendered pages on a listener of its own. Knows the store and the values that the rooms share; what
else it needs is passed in as a `Desk`. May not fetch anything from outside, nor make the browser do so.
"""
