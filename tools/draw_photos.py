"""Draw the pictures of the demo publication.

    python tools/draw_photos.py articles/demo/photos             # all of them: about half an hour
    python tools/draw_photos.py /tmp/look harbour-dawn lecterns  # some, somewhere else

The JPEG files in articles/demo/photos are the result, and they are committed: nobody needs to run this to run the
publication. It needs numpy and Pillow. numpy is no dependency of the project: give this script a virtual environment
of its own.
"""

import sys
from pathlib import Path

from drawing.pictures import PICTURES
from drawing.scenes import archive, close, country, rooms, towns, water  # noqa: F401 - they register their pictures

LARGEST_FILE = 195_000


def save(image, path):
    """The best JPEG that stays under LARGEST_FILE."""
    for quality in (86, 82, 78, 74, 70, 66, 62, 58):
        image.save(path, quality=quality, optimize=True, progressive=True, subsampling="4:2:0")
        if path.stat().st_size <= LARGEST_FILE:
            break
    print(f"{path.name}: {image.width} × {image.height}, quality {quality}, {path.stat().st_size // 1000} KB")


def main(folder, *names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or PICTURES:
        scene, (width, height) = PICTURES[name]
        save(scene(width, height), folder / f"{name}.jpg")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
