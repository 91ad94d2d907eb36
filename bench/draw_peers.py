#!/usr/bin/env python3
"""Draws the comparison with other job queues, as Markdown for docs/benchmarks.md.

  build/release/bench/peer_workload > peers.jsonl      # and one line of the same form from each peer
  bench/draw_peers.py peers.jsonl

Each line is a JSON object: engine, durability (how it was set), enqueue_1, enqueue_w, drain (each a second), start_p50_ms,
start_p99_ms, and perhaps a note. Several lines of one engine are runs of it; the median of each figure is drawn.
"""

import json
import statistics
import sys

FIGURES = {
    "enqueue_1": ("submitted one after the other, a second", 0, max),
    "enqueue_w": ("submitted with 64 on their way, a second", 0, max),
    "drain": ("drained by 64 workers, a second", 0, max),
    "start_p50_ms": ("from submission to handler, median, ms", 2, min),
    "start_p99_ms": ("from submission to handler, 99th percentile, ms", 2, min),
}
BAR = 40


def read(path):
    runs = {}
    with open(path, encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            run = json.loads(line)
            if "error" in run:
                sys.exit(f"draw_peers: {run['engine']}: {run['error']}")
            runs.setdefault(run["engine"], []).append(run)
    return {
        engine: {**of[0], **{figure: statistics.median(run[figure] for run in of) for figure in FIGURES}}
        for engine, of in runs.items()
    }


def bars(engines):
    width = max(map(len, engines))
    for figure, (title, digits, best) in FIGURES.items():
        yield title
        most = max(found[figure] for found in engines.values())
        for engine, found in sorted(engines.items(), key=lambda item: item[1][figure], reverse=best is max):
            bar = "█" * round(BAR * found[figure] / most) or "▏"
            yield f"  {engine:{width}}  {found[figure]:>10,.{digits}f}  {bar}"
        yield ""


def settings(engines):
    yield "| engine | how it was set |"
    yield "|---|---|"
    for engine, found in engines.items():
        note = f"; {found['note']}" if "note" in found else ""
        yield f"| {engine} | {found['durability']}{note} |"


def main(figures):
    engines = read(figures)
    print("\n".join(["```", *list(bars(engines))[:-1], "```", "", *settings(engines)]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
