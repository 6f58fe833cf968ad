"""A client of the service: typed, without any other library.

>>> from assay.service.client import Client
"""

from .analyses import Analyses
from .answers import (
    Analysed,
    Analysis,
    Baseline,
    Case,
    Entry,
    Exhibit,
    Feedback,
    Fit,
    Held,
    Incident,
    Job,
    Key,
    Progress,
    Quotas,
    Triage,
)
from .client import Client
from .evidence import Evidence
from .jobs import Jobs
from .triage import Baselines, Triages
from .troubles import (
    AnswerStrange,
    DownloadDamaged,
    JobUnfinished,
    KeyRefused,
    NothingFound,
    RequestRefused,
    RequestUnfit,
    ServiceBusy,
    ServiceFull,
    ServiceTrouble,
    ServiceUnreachable,
    StateRefused,
)

__all__ = [
    "Analysed",
    "Analyses",
    "Analysis",
    "AnswerStrange",
    "Baseline",
    "Baselines",
    "Case",
    "Client",
    "DownloadDamaged",
    "Entry",
    "Evidence",
    "Exhibit",
    "Feedback",
    "Fit",
    "Held",
    "Incident",
    "Job",
    "JobUnfinished",
    "Jobs",
    "Key",
    "KeyRefused",
    "NothingFound",
    "Progress",
    "Quotas",
    "RequestRefused",
    "RequestUnfit",
    "ServiceBusy",
    "ServiceFull",
    "ServiceTrouble",
    "ServiceUnreachable",
    "StateRefused",
    "Triage",
    "Triages",
]
