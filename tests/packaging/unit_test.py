#!/usr/bin/env python3
"""Holds packaging/jobsd.service against systemd's own tools, where they are installed."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

UNIT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "jobsd.service"
# "OK" to systemd-analyze.
EXPOSURE_MAX = 2.0
SKIPPED = 77


def exposure(unit):
    """What systemd-analyze says, from 0 (nothing can happen) to 10, and its whole answer."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)], capture_output=True,
                          text=True, timeout=60, check=False)
    found = re.search(r"Overall exposure level for jobsd\.service: (\d+\.\d+)", done.stdout)
    if not found:
        sys.exit(f"systemd-analyze security: exit {done.returncode}: {done.stdout}{done.stderr}")
    return float(found.group(1)), done.stdout


def main():
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not installed")
        return SKIPPED
    level, text = exposure(UNIT)
    print(f"exposure {level}")
    if level > EXPOSURE_MAX:
        sys.exit(f"the unit is exposed to {level}, more than {EXPOSURE_MAX}:\n{text}")
    with tempfile.TemporaryDirectory() as name:
        # The measure itself: a unit that hardens nothing is found out.
        bare = pathlib.Path(name) / "jobsd.service"
        bare.write_text("[Service]\nExecStart=/bin/true\n")
        if exposure(bare)[0] <= 9.0:
            sys.exit("systemd-analyze finds nothing wrong with a unit that hardens nothing")
        # Names and values, with a program that is there in place of ours.
        known = pathlib.Path(name) / "verified" / "jobsd.service"
        known.parent.mkdir()
        known.write_text(re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/bin/true", UNIT.read_text()))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(known)], capture_output=True, text=True, timeout=60,
                              check=False)
        complaints = [line for line in done.stderr.splitlines() if str(known) in line or "jobsd.service" in line]
        if complaints:
            sys.exit("systemd-analyze verify:\n" + "\n".join(complaints))
    return 0


if __name__ == "__main__":
    sys.exit(main())
