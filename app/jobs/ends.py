"""Why a job ended without being done, in words for who asked."""

from __future__ import annotations

from app.jobs.job import Job, State

ABANDONED = "job_abandoned"
UNEXPECTED = "job_failed"
_WORDS = {
    ABANDONED: "Each worker that took it died. Try it once more, or with less at once.",
    UNEXPECTED: "Something unexpected happened; the worker's log has it. Try it once more.",
}


def why_not_done(job: Job) -> str:
    """The reason, as a sentence."""
    if job.state is State.CANCELLED:
        return "Somebody stopped it."
    return _WORDS.get(job.error or "", f"It could not be done ({job.error}).")
