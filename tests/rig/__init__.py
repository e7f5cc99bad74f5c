"""A throwaway, real WordPress on loopback, with its own nginx, php-fpm and MariaDB.

Built from Debian's files in a folder of its own: nothing system-wide is started, stopped or configured.
In a shell: `python -m tests.rig --help`. In tests: the fixture `wordpress` (see tests/conftest.py).
"""

from tests.rig.folder import Folder, RigError
from tests.rig.site import BlogPost, Comment, Options, Rig

__all__ = ["BlogPost", "Comment", "Folder", "Options", "Rig", "RigError"]
