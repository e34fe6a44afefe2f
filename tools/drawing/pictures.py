"""The register of pictures, by the name of their file."""

WIDE = (2000, 1334)
TALL = (1334, 1800)
PICTURES = {}


def picture(name, size=WIDE):
    """Register a scene. It is called with its width and height and returns what `develop()` takes."""

    def register(scene):
        PICTURES[name] = (scene, size)
        return scene

    return register
