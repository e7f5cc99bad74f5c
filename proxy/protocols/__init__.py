"""What the three protocols look like on the wire, as WordPress and PHP read them.

Pure: bytes in, values out.
"""
