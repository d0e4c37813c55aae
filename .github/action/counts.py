"""A report as JSON lines in, the action's outputs out: numbers, which no text of strangers can change."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

SEVERITIES = ("critical", "high", "medium", "low", "info")
RESULTS = ("passed", "failed", "unknown", "not_applicable")


def main(path: Path) -> None:
    found: Counter[str] = Counter()
    with path.open(encoding="utf-8") as lines:
        head = json.loads(next(lines))
        coverage = head["run"]["coverage"]
        count(head["findings"], found)
        for line in lines:
            count(json.loads(line)["findings"], found)
    told = {"domains": coverage["audited"]}
    told |= {name.replace("_", "-"): coverage[name] for name in RESULTS}
    told |= {severity: found[severity] for severity in SEVERITIES}
    sys.stdout.writelines(f"{name}={int(number)}\n" for name, number in told.items())


def count(findings: list[dict[str, str]], found: Counter[str]) -> None:
    found.update(finding["severity"] for finding in findings if finding["result"] == "fail")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
