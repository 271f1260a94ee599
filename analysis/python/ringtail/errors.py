"""What goes wrong when `ringtail` runs."""


class RingtailError(Exception):
    """`ringtail` failed. The text is what it printed on stderr, `exit_code` its exit code (docs/results.md)."""

    def __init__(self, exit_code: int, diagnostics: str) -> None:
        super().__init__(diagnostics or f"ringtail ended with exit code {exit_code}")
        self.exit_code = exit_code
        self.diagnostics = diagnostics


class BadInput(RingtailError):
    """Mistakes in the input: the text has each with file, line, column and help."""
