"""Make the type of the site lighter, for the way to the reader, without a change that can be seen.

    pip install fonttools brotli
    python tools/lighten_type.py FOLDER-OF-WOFF2-FILES static/fonts

Give it the files as they came, not those that it made. Half of what Newsreader weighs is kerning, to a two-thousandth of
the size, for each weight and each optical size. Here it is rounded to what is three thousandths of a pixel in a hundred
pixels of text, and points of the outline that other weights and sizes move by as good as what their neighbours say are left
out. The outlines of the regular weight at the size of text stay as they are, and no letter goes.
"""

import sys
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.iup import iup_delta, iup_delta_optimize

KERNING = 6  # units, of 2,000 in the size of the type
KERNING_CHANGE = 12  # what another weight or optical size adds to it
OUTLINE_CHANGE = 2
NOTHING = 0xFFFFFFFF  # the index of a variation that is none


def rounded(value, step):
    return round(value / step) * step


def lighten_kerning(font):
    tables = [font[name].table for name in ("GDEF", "GPOS")]
    store = getattr(tables[0], "VarStore", None)
    if store:
        for data in store.VarData:
            data.Item = [[rounded(change, KERNING_CHANGE) for change in row] for row in data.Item]

    def changes(device):
        index = (device.StartSize << 16) + device.EndSize
        return index != NOTHING and any(store.VarData[index >> 16].Item[index & 0xFFFF])

    def lighten(value):
        """Round a value of a pair, and return whether anything is left of it."""
        if value is None:
            return False
        value.XAdvance = rounded(getattr(value, "XAdvance", 0), KERNING)
        device = getattr(value, "XAdvDevice", None)
        if device is not None and not changes(device):
            del value.XAdvDevice
            device = None
        return bool(value.XAdvance or device)

    for lookup in tables[1].LookupList.Lookup:
        for table in lookup.SubTable:
            pairs = getattr(table, "ExtSubTable", table)
            if pairs.LookupType != 2:
                continue
            if pairs.Format == 1:
                for second in pairs.PairSet:
                    second.PairValueRecord = [each for each in second.PairValueRecord if lighten(each.Value1)]
                    second.PairValueCount = len(second.PairValueRecord)
            else:
                for first in pairs.Class1Record:
                    for second in first.Class2Record:
                        lighten(second.Value1)
    if store:
        used = set()
        for table in tables:
            table.collect_device_varidxes(used)
        for moved in (store.subset_varidxes(used), store.optimize()):
            for table in tables:
                table.remap_device_varidxes(moved)


def lighten_outlines(font):
    glyphs, metrics = font["glyf"], font["hmtx"].metrics
    for name, variations in font["gvar"].variations.items():
        points, control = glyphs._getCoordinatesAndControls(name, metrics, None)
        for variation in variations:
            moves = variation.coordinates
            if None in moves:
                moves = iup_delta(moves, points, control.endPts)
            moves = [tuple(map(round, move)) for move in moves]
            variation.coordinates = iup_delta_optimize(
                moves, points, control.endPts, tolerance=OUTLINE_CHANGE
            )


def main(source, target):
    for path in sorted(Path(source).glob("*.woff2")):
        font = TTFont(path, recalcTimestamp=False)
        if "GPOS" in font:
            lighten_kerning(font)
        if "gvar" in font:
            lighten_outlines(font)
        out = Path(target) / path.name
        font.save(out)
        print(f"{path.name}: {path.stat().st_size:,} bytes, now {out.stat().st_size:,}")


if __name__ == "__main__":
    main(*sys.argv[1:])
