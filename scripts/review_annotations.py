"""Review proposals in a browser: accept, correct or reject them; what is decided is in the .eaf files at once.

    .venv/bin/python scripts/review_annotations.py annotations/

prints the address of a page for the browser on this machine, and ends with Ctrl-C. The proposals that are most likely
wrong come first (review.csv lists them). Start scripts/propose_annotations.py before.
"""

import sys
from pathlib import Path

import signwild.base.environment  # noqa: F401  before anything that loads HDF5
from signwild.annotation.review.server import review_server
from signwild.annotation.review.session import Session, alone
from signwild.annotation.review.work_log import WorkLog
from signwild.annotation.targets import find_targets
from signwild.annotation.tier_names import check_names, written_tiers
from signwild.base.errors import InputError
from signwild.base.words import counted
from signwild.cli.program import run_function


def review_annotations(
    annotated: list[str],
    /,
    *,
    out: Path = Path("review"),
    found: Path = Path("found"),
    tiers: list[str] = (),
    configfile: Path | None = None,
    port: int = 0,
    no_log: bool,
) -> None:
    """Serve the page of a review until Ctrl-C.

    ``out``: the folder of review.csv and of the log. ``found``: the folder of the detector's results, if it is there.
    ``tiers``, or ``configfile``, which is a run's configuration: what is decided goes to the first tier of a class, and
    all of them count as the class.
    """
    named = written_tiers(tiers, "--tiers", configfile)
    targets = [target for target in find_targets(annotated, found, _say) if target.eaf.exists()]
    source = f"{configfile}: dataset.tiers" if configfile else "--tiers"
    if note := check_names(named, (target.eaf for target in targets), source):
        _say(f"note: {note}")
    with alone(targets):
        session = Session(targets, found, WorkLog(out, not no_log), _say, named)
        if not session.files and session.decided:
            _say(f"nothing is left to review: all proposals in {counted(session.decided, '.eaf file')} are decided")
            return
        if not session.files:
            raise InputError(
                f"{', '.join(annotated)}: no .eaf file has proposals to review; "
                "scripts/propose_annotations.py adds them"
            )
        server, address = review_server(session, port)
        listed = session.write_list(out)
        _say(f"{counted(len(session.order), 'proposal')} in {counted(len(session.files), '.eaf file')}: {listed}")
        _say(f"open {address} in a browser on this machine; Ctrl-C ends the review, everything decided is kept")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            _say("ended")
        finally:
            server.server_close()


def _say(line: str) -> None:
    print(line, file=sys.stderr if line.startswith("failed") else sys.stdout, flush=True)


if __name__ == "__main__":
    run_function(review_annotations, description=__doc__)
