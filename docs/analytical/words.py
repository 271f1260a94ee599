"""Pieces of text that several sections are made of."""


def claim(holds, words):
    if not holds:
        raise SystemExit(f"the page says '{words}', which the recorded results do not bear out")


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def ratio(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"
