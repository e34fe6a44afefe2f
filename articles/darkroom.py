"""The process in which pictures are decoded: beside the web server, with a limit on memory and on time.

A picture is somebody else's bytes in the hands of libraries written in C. Here they can ask for a gigabyte, hang or
crash, and all that comes of it is a refused picture: whoever asked (`ask`) lives on, and the next one gets a new
process. The process itself (`python -m articles.darkroom`) knows neither Django nor the database. It takes a job a
line and answers a line, both JSON; it ends when nobody asked for a while, or when whoever started it has ended.
"""

import contextlib
import errno
import io
import json
import os
import select
import subprocess
import sys
import threading
import warnings
from pathlib import Path

from PIL import Image, ImageCms

from articles import metadata

FORMATS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif"}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # on the disk, in a share of it, in a file
MEMORY = 1024**3
IDLE = 120  # seconds
UNREADABLE = "cannot be read as a picture. Please upload a whole JPEG, PNG, WebP or AVIF file."
TOO_HARD = (
    "cannot be decoded within a gigabyte of memory and twenty seconds: please save it anew, or scale it down."
)


class Refused(Exception):
    """A picture that is not taken; the message goes on after its name: “… moves. Please …”."""


# --- asking ---------------------------------------------------------------------------------------------------------
_lock = threading.Lock()
_child = None


def ask(job, *, seconds=20):
    """Return the answer to `job`, a dict for one of JOBS. Raises Refused, for crashed, hung and greedy pictures too, and
    OSError where there is no room for what it makes.

    One job at a time in each process of the server; a new process takes some 0.15 seconds, once.
    """
    line = json.dumps(job).encode() + b"\n"
    with _lock:
        answer = _answer(line, seconds) or b"{}"
    answer = json.loads(answer)
    if "no_room" in answer:
        raise OSError(answer["no_room"], os.strerror(answer["no_room"]))
    if "done" not in answer:
        raise Refused(answer.get("refused", TOO_HARD))
    return answer["done"]


def _answer(line, seconds):
    for is_last in (False, True):
        child = _running()
        try:
            child.stdin.write(line)
            child.stdin.flush()
        except OSError:  # it had just ended, having nothing to do: not the fault of this job
            _end(child)
            if is_last:
                raise
            continue
        ready, _, _ = select.select([child.stdout], [], [], seconds)
        answer = child.stdout.readline() if ready else b""
        if answer.endswith(b"\n"):
            return answer
        _end(child)
        return b""


def _running():
    global _child
    if _child is None or _child[0] != os.getpid() or _child[1].poll() is not None:
        process = subprocess.Popen(
            [sys.executable, "-m", "articles.darkroom"],
            cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},  # address space is what the limit counts
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is for whoever asked: a picture that is being made is no failure
        )  # fmt: skip
        _child = (os.getpid(), process)  # a server that forks must not share it
    return _child[1]


def _end(process):
    global _child
    _child = None
    process.kill()
    process.wait()
    with contextlib.suppress(OSError):
        process.stdin.close()
    process.stdout.close()


# --- looking at a picture -------------------------------------------------------------------------------------------
def look(path, most_pixels):
    """Return the facts of the picture at `path`: format, width and height upright, metadata, look, placeholder.

    Type, polyglots, pixels and frames are judged before anything is decoded: a few hundred kilobytes can unfold into a
    gigabyte. Then it is decoded once, so that a torn file is refused here and not in the middle of a save.
    """
    with Image.open(path, formats=["JPEG", "PNG", "WEBP", "AVIF"]) as image:
        _refuse_disguises(Path(path).read_bytes())
        pixels = image.width * image.height
        if pixels > most_pixels:
            raise Refused(
                f"has {pixels / 1e6:.0f} megapixels. Pictures may have {most_pixels / 1e6:.0f} at most: "
                "please scale it down."
            )
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise Refused("moves. Please upload a still picture.")
        if min(image.size) < 2:
            raise Refused("is too small to show.")
        format, size = FORMATS[image.format], image.size
        turned = _orientation(image) in (5, 6, 7, 8)
        facts = metadata.read(image)
        picture = upright_rgb(image, (256, 256))
    return {
        "format": format,
        "width": size[1] if turned else size[0],
        "height": size[0] if turned else size[1],
        "metadata": facts,
        "look": perceptual_hash(picture),
        "placeholder": placeholder(picture),
    }


def _refuse_disguises(content):
    """Refuse what is a picture to us and a page, a program or an archive to others."""
    head, whole = content[:1024].lower(), content.lower()
    end = content.rfind(b"PK\x05\x06", -65_600)  # ZIP, APPNOTE 4.3.16: its directory ends the file
    is_archive = end >= 0 and end + 22 + int.from_bytes(content[end + 20 : end + 22], "little") == len(
        content
    )
    if (
        is_archive
        or any(mark in head for mark in (b"<html", b"<svg", b"<body", b"%pdf-", b"#!/"))
        or any(mark in whole for mark in (b"<script", b"<!doctype html", b"<iframe", b"<?php "))
    ):
        raise Refused("is a picture and something else at once. Please save it anew as a picture alone.")


def _orientation(image):
    try:
        return image.getexif().get(0x0112, 1)  # EXIF 2.3, tag Orientation
    except Exception:  # EXIF can be broken in many ways, under a picture that is whole
        return 1


def upright_rgb(image, size):
    """Return the open `image` as seen, turned upright, in sRGB, on white; reduced to no less than `size`.

    It is made smaller first, wherever it can be, so that what follows needs neither time nor memory.
    """
    profile, orientation = image.info.get("icc_profile"), _orientation(image)
    if image.format in ("JPEG", "MPO"):
        image.draft(None, size if orientation < 5 else size[::-1])  # decodes at a fraction of the cost
    image.load()
    if image.mode == "P" or (image.mode in ("RGB", "L") and "transparency" in image.info):
        image = image.convert("RGBA")
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    upright = image.size[::-1] if orientation >= 5 else image.size
    factor = min(upright[0] // size[0], upright[1] // size[1])
    if factor > 1:
        image = image.reduce(factor)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    if profile and image.mode in ("RGB", "L", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):  # broken: the values as they are
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    image = image.convert("RGB")
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)  # fmt: skip
    image = image if turn is None else image.transpose(turn)
    image.info = {}  # Pillow would write comments and profiles of the original into what is made of it
    return image


def perceptual_hash(picture):
    """Return 64 bits that stay much the same when a picture is scaled, recompressed or tinted; None for a plain one.

    Each bit says whether it grows lighter from one of 9 by 8 fields to the next. Signed, as databases have integers.
    """
    grey = picture.convert("L").resize((9, 8), Image.Resampling.BOX)
    low, high = grey.getextrema()
    if high - low < 12:
        return None
    fields = grey.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (fields[row * 9 + column] < fields[row * 9 + column + 1])
    return bits - (1 << 64) if bits >> 63 else bits


def placeholder(picture):
    """Return the picture as 12 colours: columns, rows, and three hexadecimal digits for each field."""
    columns, rows = (4, 3) if picture.width >= picture.height else (3, 4)
    tiny = picture.resize((columns, rows), Image.Resampling.BOX)
    data = tiny.tobytes()
    return f"{columns}{rows}" + "".join(f"{round(value / 17):x}" for value in data)


# --- making renditions ----------------------------------------------------------------------------------------------
def develop(path, renditions, facts):
    """Write each of `renditions` of the picture at `path`: dicts of box (parts of one), width, height, format, file.

    `facts` (credit, copyright …) are written into each, and nothing else of what the original knows.
    """
    xmp, iptc = metadata.xmp_packet(facts), metadata.iptc_segment(facts)
    widest = max(r["width"] / (r["box"][2] - r["box"][0]) for r in renditions)
    highest = max(r["height"] / (r["box"][3] - r["box"][1]) for r in renditions)
    with Image.open(path, formats=["JPEG", "PNG", "WEBP", "AVIF"]) as image:
        picture = upright_rgb(image, (max(1, int(widest)), max(1, int(highest))))
    sizes = {}
    for r in renditions:
        key = (*r["box"], r["width"], r["height"])
        if key not in sizes:
            left, top, right, bottom = r["box"]
            box = (left * picture.width, top * picture.height, right * picture.width, bottom * picture.height)
            size = (r["width"], r["height"])
            sizes = {key: picture.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3)}
        image, made = sizes[key], io.BytesIO()
        if r["format"] == "avif":
            image.save(made, "AVIF", quality=r["quality"], speed=8, max_threads=1, xmp=xmp)
        else:
            image.save(
                made, "JPEG", quality=r["quality"], progressive=True, optimize=True, xmp=xmp, extra=iptc
            )
        # Pillow writes to a file by itself, and does not see when the disk takes half of it
        Path(r["file"]).write_bytes(made.getvalue())
    return len(renditions)


JOBS = {"look": look, "develop": develop}


def main():
    with contextlib.suppress(ImportError, ValueError, OSError):  # where a system has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while select.select([sys.stdin], [], [], IDLE)[0] and (line := sys.stdin.readline()):
        job = json.loads(line)
        try:
            answer = {"done": JOBS[job.pop("do")](**job)}
        except Refused as error:
            answer = {"refused": str(error)}
        except MemoryError:
            answer = {"refused": TOO_HARD}
        except OSError as error:
            answer = {"no_room": error.errno} if error.errno in NO_ROOM else {"refused": UNREADABLE}
        except Exception:  # what broken files make of a decoder is without end
            answer = {"refused": UNREADABLE}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = None  # `look` judges, with a sentence
    warnings.simplefilter("ignore")
    main()
