"""Record what each view of each lab shows, and tell what is no longer the same.

    python -m scaffold.guard record FILE [slug ...]
    python -m scaffold.guard check FILE [slug ...]

A scaffold for the time in which the labs change their shape; it leaves the tree afterwards.
"""

import hashlib
import json
import sys
from dataclasses import fields, is_dataclass, replace
from importlib import import_module

import numpy as np

from bnviz.figures.frames import encode

LABS = (
    "anatomy backward signal rates scale noise train_eval epsilon why regularization family systems"
).split()
OTHERS = ("playground", "axes")


def arrays(value, found):
    if isinstance(value, np.ndarray):
        if value.size > 1 and value.dtype.kind in "fiub":
            text = f"{value.shape}{value.dtype}".encode() + np.ascontiguousarray(value).tobytes()
            found.add(hashlib.sha256(text).hexdigest()[:12])
    elif is_dataclass(value):
        for part in fields(value):
            arrays(getattr(value, part.name), found)
    elif isinstance(value, dict):
        for part in value.values():
            arrays(part, found)
    elif isinstance(value, list | tuple):
        for part in value:
            arrays(part, found)
    return found


def short(value):
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()[:12]


def plain(columns):
    return {
        head: [repr(v) for v in np.asarray(values).tolist()] for head, values in columns.items()
    }


def told(takeaway, formula, table, charts):
    figures = {chart.id: encode(chart.figure) for chart in charts}
    alts = {chart.id: encode(chart.alt) for chart in charts}
    return {
        "takeaway": takeaway,
        "formula": formula,
        "table": plain(table),
        "figures": {name: short(figure) for name, figure in figures.items()},
        "titles": {name: figure["layout"]["title"]["text"] for name, figure in figures.items()},
        "alts": {name: short(alt) for name, alt in alts.items()},
    }


def cases(settings_class, presets):
    found = {"default": settings_class()}
    for preset in presets[:2]:
        found[preset.title] = preset.settings
    if len(found) < 3 and hasattr(settings_class(), "seed"):
        found["seed 3"] = replace(settings_class(), seed=3)
    return found


def old(slug):
    lab = import_module(f"bnviz.labs.{slug}")
    figures = import_module(f"bnviz.figures.{slug}")
    result = {}
    for name, settings in cases(lab.Settings, getattr(lab, "PRESETS", ())).items():
        trace = lab.run(settings)
        views = {}
        for view in lab.LESSON.views:
            views[view] = told(
                lab.findings.takeaway(trace, view),
                lab.findings.formula(trace, view),
                lab.findings.table(trace),
                figures.charts(trace, view),
            )
        result[name] = {"arrays": sorted(arrays(trace, set())), "views": views}
    return result


def new(slug):

    lab = import_module(f"bnviz.labs.{slug}").LAB
    result = {}
    for name, settings in cases(lab.settings, lab.presets).items():
        views, found = {}, set()
        for view in lab.views:
            trace = view.run(settings)
            arrays(trace, found)
            views[view.name] = told(
                view.takeaway(trace), view.formula(trace), view.table(trace), view.charts(trace)
            )
        result[name] = {"arrays": sorted(found), "views": views}
    return result


def other(slug):
    lab = import_module(f"bnviz.labs.{slug}")
    figures = import_module(f"bnviz.figures.{slug}")
    result = {}
    for name, settings in cases(lab.Settings, getattr(lab, "PRESETS", ())).items():
        trace = lab.run(settings)
        findings = import_module(f"bnviz.labs.{slug}.findings")
        drawn = {}
        if slug == "playground":
            drawn = {
                "learning": figures.learning(trace),
                **{
                    f"activations {s}": figures.activations(trace, s)
                    for s in ("linear", "normalized", "activated")
                },
                **{f"gradients {s}": figures.gradients(trace, s) for s in ("gradient", "ratio")},
                **{f"gap {s}": figures.gap(trace, 1, s) for s in ("mean", "variance")},
            }
        result[name] = {
            "arrays": sorted(arrays(trace, set())),
            "takeaway": findings.takeaway(trace) if hasattr(findings, "takeaway") else "",
            "table": plain(findings.table(trace)) if hasattr(findings, "table") else {},
            "figures": {k: short(encode(f)) for k, f in drawn.items()},
        }
    return result


def record(slug):
    if slug in OTHERS:
        return other(slug)
    lab = import_module(f"bnviz.labs.{slug}")
    return new(slug) if hasattr(lab, "LAB") else old(slug)


def differences(was, now, where=""):
    if isinstance(was, dict) and isinstance(now, dict):
        for key in was:
            if key == "table" and isinstance(now.get(key), dict):
                yield from tables(was[key], now[key], f"{where}/table")
            elif key == "arrays":
                gone = set(was[key]) - set(now.get(key, []))
                if gone:
                    yield f"{where}/arrays: {len(gone)} of {len(was[key])} are no longer there"
            elif key not in now:
                yield f"{where}/{key}: gone"
            else:
                yield from differences(was[key], now[key], f"{where}/{key}")
        for key in now.keys() - was.keys():
            yield f"{where}/{key}: new"
    elif was != now:
        yield f"{where}:\n      was {was!r}\n      now {now!r}"


def tables(was, now, where):
    """A view's table may have fewer columns or rows than that of the whole lab had."""
    rows = set(zip(*was.values())) if was else set()
    if list(was) == list(now):
        extra = [row for row in zip(*now.values()) if row not in rows]
        if extra:
            yield f"{where}: {len(extra)} rows of {len(next(iter(now.values())))} are new, as {extra[0]}"
        return
    for head in now:
        if head not in was:
            yield f"{where}: the column {head!r} is new"
        elif set(now[head]) - set(was[head]):
            yield f"{where}: values of {head!r} differ"


if __name__ == "__main__":
    what, file, *slugs = sys.argv[1:]
    slugs = slugs or [*LABS, *OTHERS]
    if what == "record":
        known = {slug: record(slug) for slug in slugs}
        with open(file, "w") as out:
            json.dump(known, out, ensure_ascii=False, indent=0, sort_keys=True)
    else:
        known = json.load(open(file))
        for slug in slugs:
            found = list(differences(known[slug], json.loads(json.dumps(record(slug))), slug))
            print(f"{slug}: {'the same' if not found else ''}")
            for line in found:
                print("  ", line)
