"""One connection to the model: reads requests, and answers or misbehaves as told."""

from __future__ import annotations

import json
import socket
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from loopback.asks import parse_ask
from loopback.protocols import PROTOCOLS, Protocol, encoded, refusal
from loopback.script import Turn, filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_server import Listener

    from loopback.asks import Ask

_FOREVER = 86_400.0
_GARBAGE = ("", '{"type": "content_block_delta", "delta": {"text')


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with chunks, so that who is cut off can tell."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def do_HEAD(self) -> None:
        self._json(200, {})

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.note(self, None, None)
        self._other(path, 0)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(text) if text else {}
        if path in PROTOCOLS:
            self._answer(PROTOCOLS[path], body)
        else:
            self.server.note(self, body, None)
            self._other(path, len(text))

    def _other(self, path: str, length: int) -> None:
        if path == "/v1/models":
            models = self.server.play.scenario.models
            entries = [{"id": name, "type": "model", "object": "model", "created": 0} for name in models]
            self._json(200, {"object": "list", "data": entries, "has_more": False})
        elif path == "/v1/messages/count_tokens":
            self._json(200, {"input_tokens": length // 4})
        else:
            self._json(404, {"error": {"type": "not_found_error", "message": f"nothing is at {path}"}})

    def _answer(self, protocol: Protocol, body: Mapping[str, Any]) -> None:
        ask = parse_ask(self.path, body, self.headers.get("User-Agent", ""))
        reply = self.server.play.reply(ask)
        number = self.server.note(self, body, reply)
        turn = reply.turn
        self._pause(turn.delay_s)
        if turn.status != 200:
            self._json(turn.status, refusal(protocol, turn), filled(dict(turn.headers)))
        elif ask.stream:
            self._stream(protocol.events(ask, turn, number), turn)
        else:
            self._whole(protocol, ask, turn, number)

    def _stream(self, events: list[tuple[str, Any]], turn: Turn) -> None:
        self._head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}, turn.headers)
        self._chunks(events[:1])
        self._pause(_FOREVER if turn.hang else turn.silence_s)
        if turn.garbage:
            events = [*events[:2], _GARBAGE]
        if turn.cut:
            self._chunks(events[1 : len(events) // 2])
            self._chunk(encoded(events[len(events) // 2])[:-9])
            self.close_connection = True
            return
        self._chunks(events[1:])
        self.wfile.write(b"0\r\n\r\n")

    def _whole(self, protocol: Protocol, ask: Ask, turn: Turn, number: str) -> None:
        data = json.dumps(protocol.whole(ask, turn, number), ensure_ascii=False).encode()
        if turn.garbage:
            data = data[: len(data) // 2]
        self._head(200, {"Content-Type": "application/json", "Content-Length": len(data)}, turn.headers)
        self._pause(_FOREVER if turn.hang else turn.silence_s)
        self.wfile.write(data[: len(data) // 2] if turn.cut else data)
        self.close_connection = self.close_connection or turn.cut

    def _json(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        data = b"" if self.command == "HEAD" else json.dumps(body).encode()
        self._head(status, {"Content-Type": "application/json", "Content-Length": len(data)}, headers or {})
        self.wfile.write(data)

    def _head(self, status: int, own: Mapping[str, object], more: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**own, **filled(dict(more))}.items():
            self.send_header(name, str(value))
        self.end_headers()

    def _chunks(self, events: Iterable[tuple[str, Any]]) -> None:
        for event in events:
            self._chunk(encoded(event))

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _pause(self, seconds: float) -> None:
        """Wait, but no longer than the other side does."""
        if not seconds:
            return
        self.connection.settimeout(seconds)
        try:
            if not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError
        except TimeoutError:
            pass
        finally:
            self.connection.settimeout(None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Keep quiet: what was asked is kept."""
