r"""
A model on loopback: says what a script tells it to, over three protocols, and keeps what it was asked.

    python tests/model_server.py --scenario scenario.yaml --calls calls.jsonl --announce address

See `loopback.script` for what a scenario may say:

    rules:
      - when: TASK-001                  # searched in the first thing the user says
        turns:                          # what successive calls of the conversation get
          - {status: 529, times: 2}
          - write: {path: src/cart.py, content: "RATE = 7\n"}
          - say: Done.
      - when: TASK-002
        attempts:                       # a conversation that begins again gets the next ones
          - [{say: "All done, the tests pass."}]
          - [{edit: {path: src/cart.py, old: "7", new: "8"}}, {run: pytest -q}]
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, replace
from http.server import ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from loopback.asks import parse_ask
from loopback.handler import Handler
from loopback.play import Play, Reply
from loopback.script import Scenario, parse_scenario, read_scenario

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Listener", "ModelServer", "Request", "Scenario", "main"]

_SECRET = frozenset({"authorization", "x-api-key", "api-key"})
_BODIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    What was asked, and what came of it; no keys.

    `paid` says that an answer began, though it may have been cut off; `attempt`
    is which conversation of the task it belongs to. Of a thousand requests ago
    the body is gone.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None = None
    rule: str = ""
    task: str = ""
    attempt: int = 0
    status: int = 0
    paid: bool = False

    @property
    def prompt(self) -> str:
        """The first thing the user said."""
        return parse_ask(self.path, self.body or {}, "").first


class Listener(ThreadingHTTPServer):
    """The socket, the connections to it, and the book of what was asked."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, play: Play, port: int, calls: Path | None) -> None:
        self.play = play
        self.requests: list[Request] = []
        self.faults: list[BaseException] = []
        self._calls = calls
        self._numbers = count(1)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def note(self, handler: Handler, body: Mapping[str, Any] | None, reply: Reply | None) -> str:
        """Write a request down before it is answered; return its number."""
        request = _request(handler, body, reply)
        with self._lock:
            number = next(self._numbers)
            self._keep(request)
            if request.paid and self._calls:
                with self._calls.open("a", encoding="utf-8") as file:
                    file.write(_line(number, request))
        return f"{number:06d}"

    def _keep(self, request: Request) -> None:
        self.requests.append(request)
        if len(self.requests) > _BODIES:
            self.requests[-_BODIES - 1] = replace(self.requests[-_BODIES - 1], body=None)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        fault = sys.exception()
        if fault and not isinstance(fault, ConnectionError):
            self.faults.append(fault)

    def hang_up(self) -> None:
        with self._lock:
            for connection in self._open:
                # Its client may have gone already.
                if connection.fileno() >= 0:
                    _shut(connection)


class ModelServer:
    """A model server for as long as a `with` lasts; what it could not handle is raised at its end."""

    def __init__(
        self,
        scenario: Scenario | Mapping[str, Any] | Sequence[Mapping[str, Any]] | Path | None = None,
        *,
        port: int = 0,
        calls: Path | None = None,
    ) -> None:
        if isinstance(scenario, Path):
            scenario = read_scenario(scenario)
        elif not isinstance(scenario, Scenario):
            scenario = parse_scenario(scenario)
        self._listener = Listener(Play(scenario), port, calls)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), name="model")

    @property
    def url(self) -> str:
        """Where Anthropic's clients go; OpenAI's want `openai_url`."""
        return f"http://127.0.0.1:{self._listener.server_port}"

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def requests(self) -> list[Request]:
        return list(self._listener.requests)

    def asked(self, task: str) -> list[Request]:
        """List the requests of a task, or of a rule by its name."""
        return [request for request in self.requests if task in (request.task, request.rule)]

    def paid(self, task: str) -> int:
        return sum(request.paid for request in self.asked(task))

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening, hang up on everybody, and wait for every thread."""
        self._listener.shutdown()
        self._listener.hang_up()
        self._listener.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.close()
        if self._listener.faults and error is None:
            raise self._listener.faults[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    given = _parser().parse_args(arguments)
    signals = {signal.SIGTERM, signal.SIGINT}
    # Blocked before any thread begins, so that all inherit it and the signal is left for this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with ModelServer(given.scenario, port=given.port, calls=given.calls) as server:
        if given.announce:
            whole = given.announce.with_name(f"{given.announce.name}.new")
            whole.write_text(f"{server.url}\n", encoding="utf-8")
            whole.replace(given.announce)
        print(server.url, flush=True)  # noqa: T201  # it is what the script says
        signal.sigwait(signals)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A scripted model server on loopback.")
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    parser.add_argument("--scenario", type=Path, help="rules, as YAML or JSON; without them it says Done.")
    parser.add_argument("--calls", type=Path, help="where to add a line for each paid call")
    parser.add_argument("--announce", type=Path, help="where to write the address, once it listens")
    return parser


def _request(handler: Handler, body: Mapping[str, Any] | None, reply: Reply | None) -> Request:
    told = {name.lower(): value for name, value in handler.headers.items() if name.lower() not in _SECRET}
    asked = Request(method=handler.command, path=handler.path, headers=told, body=body)
    if reply is None:
        return asked
    return Request(
        method=asked.method,
        path=asked.path,
        headers=told,
        body=body,
        rule=reply.rule,
        task=reply.task,
        attempt=reply.attempt,
        status=reply.turn.status,
        paid=reply.turn.status == 200 and bool(reply.task),
    )


def _line(number: int, request: Request) -> str:
    assert request.body
    told = {
        "number": number,
        "task": request.task,
        "rule": request.rule,
        "attempt": request.attempt,
        "model": request.body.get("model"),
        "at": round(time.time(), 3),
    }
    return json.dumps(told) + "\n"


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It was not connected any more.
        return


if __name__ == "__main__":
    sys.exit(main())
