"""The judge: how likely a linkback is spam, and why. Shared by the service and by training.

Pure but for `load`, which reads the folder it is given. Everything else takes a `Sample` and
returns a `Score`; no state is kept, so one model may be used by many threads.
"""

from proxy.linkback import Cutoffs
from proxy.scoring.artefact import ModelError, is_outdated, load
from proxy.scoring.model import Model, verdict

__all__ = ["Cutoffs", "Model", "ModelError", "is_outdated", "load", "verdict"]
