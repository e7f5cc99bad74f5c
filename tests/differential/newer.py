"""Fetch a newer WordPress than Debian's, from npm, and print the folder: for `WORDPRESS_SRC`.

python -m tests.differential.newer FOLDER
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

PACKAGE = "@wp-playground/wordpress-builds@0.9.19"
MEMBER = "package/src/wordpress/wp-6.5.zip"


def fetch(folder: Path) -> Path:
    """Return the folder of WordPress's files, fetched at the first call (158 MB)."""
    files = folder / "wordpress-6.5"
    if not (files / "wp-settings.php").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=sys.stderr)
        archive = next(folder.glob("wp-playground-wordpress-builds-*.tgz"))
        with tarfile.open(archive) as packed, zipfile.ZipFile(packed.extractfile(MEMBER)) as zipped:
            zipped.extractall(files)
        archive.unlink()
    return files.resolve()


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1])))
