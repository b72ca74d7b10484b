"""The server of a review, for one browser on this machine.

Every address begins with a secret token, which only who started the server knows. It answers only at 127.0.0.1 and only
under that name, so a page of another site can neither read from it (DNS rebinding) nor post to it.
"""

import hmac
import secrets
import socket
import traceback
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request, send_file
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from signwild.annotation.review.clips import clip
from signwild.annotation.review.reviewed_file import ChangedFile
from signwild.annotation.review.session import Session
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.templates import render
from signwild.drawing.colors import CLASS_COLORS

TEMPLATES = Path(__file__).parent / "templates"

HOST = "127.0.0.1"

MOST_BYTES = 10_000
"""Largest request; a decision has some hundred bytes."""

MOST_SECONDS = 3600
"""Seconds at work that a page can report at once; it does so every few seconds."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Silent(WSGIRequestHandler):
    """A handler that logs no requests: their addresses have the token."""

    def log(self, *_: object) -> None:
        """Log nothing."""


def review_server(session: Session, port: int) -> tuple[BaseWSGIServer, str]:
    """Return a server that is ready to run, and the address of its page. ``port``: 0 for any that is free.

    Raises InputError if the port cannot be used.
    """
    token = secrets.token_urlsafe(16)
    app = review_app(session, token)
    try:
        place = socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        raise InputError(f"--port {port} cannot be used ({error}); give another one, or none") from None
    server = make_server(HOST, port, app, threaded=True, request_handler=_Silent, fd=place.detach())
    app.config["ORIGIN"] = f"http://{HOST}:{server.port}"
    return server, f"{app.config['ORIGIN']}/{token}/"


def review_app(session: Session, token: str) -> Flask:
    """Return the application of a review; its configuration needs ``ORIGIN``, the address without a path."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.json.sort_keys = False
    app.before_request(partial(_check_request, app, token))
    app.after_request(_protect)
    app.register_error_handler(InputError, _refuse)
    app.register_error_handler(HTTPException, _fail)
    app.register_error_handler(OSError, _tell)
    app.log_exception = lambda fault: traceback.print_exception(*fault)  # without the address, which has the token

    @app.get("/<token>/")
    def page() -> str:
        return render("review.html.j2", TEMPLATES, classes=CLASSES)

    @app.get("/<token>/review.js")
    def script() -> Response:
        return send_file(TEMPLATES / "review.js", mimetype="text/javascript")

    @app.get("/<token>/review.css")
    def style() -> Response:
        colors = "".join(f".{name} {{ --own: {color}; }}\n" for name, color in CLASS_COLORS.items())
        return Response((TEMPLATES / "review.css").read_text(encoding="utf-8") + colors, mimetype="text/css")

    @app.get("/<token>/state.json")
    def state() -> Response:
        return jsonify(session.as_json())

    @app.get("/<token>/video/<int:file>")
    def video(file: int) -> Response:
        return send_file(session.video(file).resolve(), conditional=True)

    @app.get("/<token>/clip/<int:file>/<int:start_ms>.mp4")
    def part(file: int, start_ms: int) -> Response:
        content = BytesIO(clip(session.video(file), start_ms / 1000))
        return send_file(content, mimetype="video/mp4", conditional=True)

    for name, act in _ACTIONS.items():
        app.post(f"/<token>/{name}", endpoint=name)(_action(session, act))
    return app


def _check_request(app: Flask, token: str) -> None:
    """Refuse what does not come from the page of this review."""
    origin = app.config["ORIGIN"]
    given = (request.view_args or {}).pop("token", "")
    if f"http://{request.host}" != origin or not hmac.compare_digest(given.encode(), token.encode()):
        abort(HTTPStatus.NOT_FOUND)
    if request.method == "POST" and (request.headers.get("Origin") != origin or not request.is_json):
        abort(HTTPStatus.FORBIDDEN)


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _refuse(error: InputError) -> tuple[Response, int]:
    return jsonify(error=str(error), is_changed=isinstance(error, ChangedFile)), HTTPStatus.CONFLICT


def _tell(error: OSError) -> tuple[Response, int]:
    message = f"{error.filename or 'a file'}: {error.strerror or error}; nothing was written to it"
    return jsonify(error=message), HTTPStatus.INSUFFICIENT_STORAGE


def _fail(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or HTTPStatus.INTERNAL_SERVER_ERROR


def _action(session: Session, act: Callable[[Session, dict], object]) -> Callable[[], Response]:
    """Return the view of an action, which answers with what it returned."""

    def view() -> Response:
        try:
            return jsonify(act(session, request.get_json()))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            return abort(HTTPStatus.BAD_REQUEST, f"not a request of this page: {error!r}")

    return view


def _judge(session: Session, given: dict) -> dict:
    label = given["label"]
    times = int(given["start_ms"]), int(given["end_ms"])
    decision, notice = session.judge(int(given["file"]), str(given["name"]), label and str(label), *times)
    return {"name": decision.name, "number": decision.number, "notice": notice}


def _undo(session: Session, given: dict) -> None:
    number = given["number"]
    session.undo(int(given["file"]), str(given["name"]), None if number is None else int(number))


def _worked(session: Session, given: dict) -> None:
    seconds = float(given["seconds"])
    if not 0 <= seconds < MOST_SECONDS:
        raise ValueError(seconds)
    session.worked(int(given["file"]), seconds)


def _load_again(session: Session, given: dict) -> None:
    session.load_again(int(given["file"]))


_ACTIONS = {"judge": _judge, "undo": _undo, "worked": _worked, "load_again": _load_again}
