"""A process that runs its share of a campaign: the job on stdin, one line of outcomes a block on stdout."""

from __future__ import annotations

import signal
import sys

import msgspec

from astra_actors.simulation.campaign import Job, parts_of, run_part


def main(number: int, of: int) -> None:
    """Run block `number`, `number + of`, … in order."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the house under way is torn down, and its files with it
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    for part in list(parts_of(job))[number::of]:
        sys.stdout.buffer.write(msgspec.json.encode(run_part(job, part)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
