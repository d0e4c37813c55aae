"""What writing the reports of ten thousand domains takes of memory: they are never held at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MOST = 300.0  # MiB
WRITE = """
import re, sys
from pathlib import Path
sys.path.append(sys.argv[1])  # behind all else: for the tests alone, the program is what is installed
from audit.report import STREAMS, html
from tests.report import large
report = large.report()
assert len({name for name, part in html.files(report, "index.html")}) == large.ROWS + 1
assert sum(map(len, STREAMS["json"](report))) > large.ROWS
print(int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def test_ten_thousand_domains_are_written_in_little_memory() -> None:
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-P", "-c", WRITE, root], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < MOST
