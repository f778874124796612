"""Server-sent events, as far as Chat Completions uses them: bytes in, the data of complete events out."""

# A provider that never ends a line must not fill our memory.
LINE_LIMIT_BYTES = 1024 * 1024


class LineTooLong(ValueError):
    """More bytes came without a line end than any event has."""


class EventReader:
    """Takes bytes cut anywhere, within a line or a character. Lines end in LF or CRLF; comments and other fields pass by."""

    __slots__ = ("_data", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that this chunk completes, in order."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LINE_LIMIT_BYTES:
            raise LineTooLong
        events: list[bytes] = []
        for line in lines:
            if line.endswith(b"\r"):
                line = line[:-1]
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line and self._data:
                events.append(b"\n".join(self._data))
                self._data.clear()
        return events
