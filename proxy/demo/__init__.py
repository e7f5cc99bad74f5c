"""The demonstration: a small blog, the proxy in front of it, and senders of genuine and spam linkbacks.

For a first look and for trying a configuration; nothing else of the project imports it.
"""
