"""`python -m benchmarks.child CASE [ARGUMENT...]`: one case, measured in this process. Started by benchmarks.measure."""

import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    from benchmarks.cases import CASES, PREPARE
    from benchmarks.measure import Measure, measure, report

    case, *arguments = sys.argv[1:]
    if case in PREPARE:  # not measured
        report(Measure(0, 0, PREPARE[case](*arguments)))
        return
    report(measure(CASES[case](*arguments)))


if __name__ == "__main__":
    main()
