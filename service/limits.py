"""Every limit of the service on what comes in, by name; what an operator may choose is a setting instead."""

from dataclasses import dataclass

__all__ = ["DEFAULT", "Limits"]

_KIB = 1024
_MIB = 1024 * _KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may cost.

    Attributes
    ----------
    chunk_bytes : int
        Bytes of an upload or a download that are in memory at a time.
    stretch_bytes : int
        Bytes after which the room on the disk is asked for again.
    json_bytes : int
        Longest body of a request that is not an upload.
    form_parts : int
        Most parts of a form.
    part_headers : int
        Most headers of one part.
    part_header_bytes : int
        Longest header of one part.
    page_rows : int
        Most rows of one answer; the next ones are asked for by its cursor.
    title_chars : int
        Longest name of an exhibit, a case or a key; a longer name of a file is cut.
    note_chars : int
        Longest note.
    key_cases : int
        Most cases that one key is bound to.
    open_jobs : int
        Most jobs that wait or run at a time; more are answered with 429.
    job_exhibits : int
        Most exhibits of one job.
    look_exhibits : int
        Pictures that one step of a job looks at; a job that a crash cut goes on with the step that was under way.
    budget : int
        Most incidents that one job may give.
    watchers : int
        Most streams of events that one server serves at a time; more are answered with 429.
    watchers_of_key : int
        Those of one key.
    watch_seconds : float
        Longest time that one stream of events stays open; watchers come back by themselves.
    small_batch_bytes : int
        Longest log that is answered at once; a longer one becomes a job.
    small_batches : int
        Most logs that wait to be answered at once; more become jobs.
    record_bytes : int
        Longest line of a record or an incident that is read back out of the store.
    reason_chars : int
        Longest reason of a mark.
    linger_bytes : int
        Bytes of a body that are read and dropped so that a client which is refused gets to hear why.
    linger_seconds : float
        How long they are waited for.
    """

    chunk_bytes: int = 256 * _KIB
    stretch_bytes: int = 16 * _MIB
    json_bytes: int = _MIB
    form_parts: int = 8
    part_headers: int = 8
    part_header_bytes: int = 4 * _KIB
    page_rows: int = 1000
    title_chars: int = 255
    note_chars: int = 4000
    key_cases: int = 1000
    open_jobs: int = 20_000
    job_exhibits: int = 1000
    look_exhibits: int = 8
    budget: int = 1000
    watchers: int = 200
    watchers_of_key: int = 50
    watch_seconds: float = 3600.0
    small_batch_bytes: int = 2 * _MIB
    small_batches: int = 8
    record_bytes: int = 16 * _MIB
    reason_chars: int = 2000
    linger_bytes: int = 8 * _MIB
    linger_seconds: float = 2.0


DEFAULT = Limits()
