"""A picture for the demo, drawn by the program: hills, a road, a pipe. No photograph of a real place is shipped."""

from io import BytesIO

from PIL import Image, ImageDraw

_SIZE = (1200, 800)
_SKY, _FAR, _NEAR, _ROAD, _PIPE = (206, 222, 232), (126, 152, 132), (88, 122, 86), (178, 168, 150), (58, 92, 138)


def drawn(shade: float) -> BytesIO:
    """Return a JPEG of a hillside; `shade`, from 0 to 1, moves light and ridge so that no two are alike."""
    width, height = _SIZE
    picture = Image.new("RGB", _SIZE, _lit(_SKY, shade))
    pen = ImageDraw.Draw(picture)
    ridge = int(height * (0.35 + shade / 8))
    tops = [(x, ridge + (x * 37 + int(shade * 900)) % 140) for x in range(0, width + 150, 150)]
    pen.polygon([(0, height), *tops, (width, height)], fill=_lit(_FAR, shade))
    pen.polygon([(0, height), (0, 520), (width, 430 + int(shade * 90)), (width, height)], fill=_lit(_NEAR, shade))
    pen.polygon([(380, height), (760, height), (640, 500), (600, 500)], fill=_lit(_ROAD, shade))
    # The pipe, with the piece that is missing.
    for begin, end in ((40, 470), (560, width - 60)):
        pen.line([(begin, 640 - begin // 9), (end, 640 - end // 9)], fill=_PIPE, width=22)
    out = BytesIO()
    picture.save(out, "JPEG", quality=82)
    out.seek(0)
    return out


def _lit(colour: tuple[int, int, int], shade: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, int(part * (0.9 + shade / 5))) for part in colour)
    return red, green, blue
