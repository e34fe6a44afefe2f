"""Make the type of the site lighter, for the way to the reader, without a change that can be seen.

    pip install fonttools brotli
    python tools/lighten_type.py FOLDER-OF-WOFF2-FILES static/fonts

Give it the files as they came, not those that it made. Half of what Newsreader weighs is kerning, to a two-thousandth of
the size, for each weight and each optical size. Here a pair is at most a four-hundredth off at the size of text, and a
two-hundredth at another weight or optical size: a twentieth of a pixel in text, a third of one in the largest headline.
Points of the outline that other weights and sizes move by as good as what their neighbours say are left out. What one
change leaves over the next one makes up for. The outlines of the regular weight at the size of text stay as they are,
and no letter goes.
"""

import sys
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.ttLib.woff2 import WOFF2FlavorData
from fontTools.varLib.builder import buildVarData, buildVarDevTable
from fontTools.varLib.iup import iup_delta, iup_delta_optimize

# steps, in parts of the size of the type
KERNING = 1 / 200
KERNING_CHANGE = 1 / 100  # what another weight or optical size adds to it
OUTLINE_CHANGE = 1 / 500  # and how far a point may be off there
NOTHING = 0xFFFFFFFF  # the index of a variation that is none


def rounded(value, step):
    return round(value / step) * step


class Kerning:
    """The values of pairs: of each, what it is at the regular weight and size of text, and what each region adds."""

    def __init__(self, store, size):
        self.step, self.step_of_change = round(KERNING * size), round(KERNING_CHANGE * size)
        # a region is the axes that are at their end in it; what is added where fewer are is added there as well
        self.regions = [
            frozenset(n for n, axis in enumerate(region.VarRegionAxis) if axis.PeakCoord)
            for region in (store.VarRegionList.Region if store else [])
        ]
        self.limits = [self.step / 2] + [self.step_of_change / 2] * len(self.regions)
        self.store, self.items = store, {}
        if store:
            store.VarData.append(buildVarData(list(range(len(self.regions))), [], optimize=False))
            store.VarDataCount = len(store.VarData)

    def everywhere(self, value):
        """Return what `value` comes to at the regular weight and size of text, and at the end of each region."""
        changes = [0] * len(self.regions)
        device = getattr(value, "XAdvDevice", None)
        if device is not None and (device.StartSize << 16) + device.EndSize != NOTHING:
            data = self.store.VarData[device.StartSize]
            for region, change in zip(data.VarRegionIndex, data.Item[device.EndSize], strict=True):
                changes[region] = change
        return self._sums(getattr(value, "XAdvance", 0), changes)

    def _sums(self, base, changes):
        added = [
            sum(change for region, change in zip(self.regions, changes, strict=True) if region <= there)
            for there in self.regions
        ]
        return [base, *(base + change for change in added)]

    def is_as_good_as(self, exact, other):
        return all(abs(a - b) <= most for a, b, most in zip(exact, other, self.limits, strict=True))

    def lighten(self, value):
        exact = self.everywhere(value)
        value.XAdvance, changes = rounded(exact[0], self.step), [0] * len(self.regions)
        for n in sorted(range(len(self.regions)), key=lambda n: len(self.regions[n])):
            changes[n] = rounded(
                exact[n + 1] - self._sums(value.XAdvance, changes)[n + 1], self.step_of_change
            )
        if hasattr(value, "XAdvDevice"):
            del value.XAdvDevice
        if any(changes):
            items = self.store.VarData[-1].Item
            item = self.items.setdefault(tuple(changes), len(items))
            if item == len(items):
                items.append(changes)
            value.XAdvDevice = buildVarDevTable((len(self.store.VarData) - 1 << 16) + item)

    def of(self, first, second, tables):
        """Return what the first of `tables` that knows the pair says of it."""
        for table in tables:
            if first not in table.Coverage.glyphs:
                continue
            if table.Format == 2:
                row = table.Class1Record[table.ClassDef1.classDefs.get(first, 0)].Class2Record
                return self.everywhere(row[table.ClassDef2.classDefs.get(second, 0)].Value1)
            for record in table.PairSet[table.Coverage.glyphs.index(first)].PairValueRecord:
                if record.SecondGlyph == second:
                    return self.everywhere(record.Value1)
        return self._sums(0, [0] * len(self.regions))

    def lighten_table(self, table, after):
        """Lighten the pairs of `table`, and leave out those of which the tables `after` it say the same."""
        if table.Format == 2:
            for row in table.Class1Record:
                for cell in row.Class2Record:
                    self.lighten(cell.Value1)
            return
        for first, second in zip(table.Coverage.glyphs, table.PairSet, strict=True):
            second.PairValueRecord = [
                record
                for record in second.PairValueRecord
                if not self.is_as_good_as(
                    self.everywhere(record.Value1), self.of(first, record.SecondGlyph, after)
                )
            ]
            second.PairValueCount = len(second.PairValueRecord)
            for record in second.PairValueRecord:
                self.lighten(record.Value1)


def lighten_kerning(font):
    tables = [font[name].table for name in ("GDEF", "GPOS")]
    store = getattr(tables[0], "VarStore", None)
    kerning = Kerning(store, font["head"].unitsPerEm)
    for lookup in tables[1].LookupList.Lookup:
        pairs = [getattr(table, "ExtSubTable", table) for table in lookup.SubTable]
        if pairs[0].LookupType == 2:
            for n in reversed(range(len(pairs))):
                kerning.lighten_table(pairs[n], pairs[n + 1 :])
    if store:
        used = set()
        for table in tables:
            table.collect_device_varidxes(used)
        for moved in (store.subset_varidxes(used), store.optimize()):
            for table in tables:
                table.remap_device_varidxes(moved)


def lighten_outlines(font):
    glyphs, metrics = font["glyf"], font["hmtx"].metrics
    tolerance = OUTLINE_CHANGE * font["head"].unitsPerEm
    for name, variations in font["gvar"].variations.items():
        points, control = glyphs._getCoordinatesAndControls(name, metrics, None)
        ends = control.endPts
        exact, light = {}, {}  # of each region, by its axes: how far the points move
        for variation in sorted(variations, key=lambda each: len(each.axes)):
            moves = variation.coordinates
            there = frozenset(variation.axes)
            exact[there] = iup_delta(moves, points, ends) if None in moves else moves
            wanted = [
                tuple(round(sum(ways)) for ways in zip(*both, strict=True))
                for both in zip(exact[there], *_left_over(exact, light, there), strict=True)
            ]
            moves = iup_delta_optimize(wanted, points, ends, tolerance=tolerance)
            variation.coordinates = moves
            light[there] = iup_delta(moves, points, ends) if None in moves else moves


def _left_over(exact, light, there):
    """Yield how far the points are off in each region that `there` is a part of."""
    for region, moves in light.items():
        if region < there:
            yield [(a - b, c - d) for (a, c), (b, d) in zip(exact[region], moves, strict=True)]


def main(source, target):
    for path in sorted(Path(source).glob("*.woff2")):
        font = TTFont(path, recalcTimestamp=False)
        if "GPOS" in font:
            lighten_kerning(font)
        if "gvar" in font:
            lighten_outlines(font)
        font.flavorData = WOFF2FlavorData(transformedTables={"glyf", "loca", "hmtx"})
        out = Path(target) / path.name
        font.save(out)
        print(f"{path.name}: {path.stat().st_size:,} bytes, now {out.stat().st_size:,}")


if __name__ == "__main__":
    main(*sys.argv[1:])
