"""The exchange without a process, whose frames and checks are the other end of this wire."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "venue" / "exchange"))
