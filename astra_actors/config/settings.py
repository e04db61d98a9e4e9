"""The one tree of settings: frozen, closed against unknown names, and free of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from astra_actors.config.alert_settings import AlertSettings
from astra_actors.config.live import LiveSettings
from astra_actors.config.sections import GateSettings, RunSettings, SupervisionSettings
from astra_actors.estimation.params import EstimationParams
from astra_actors.execution.params import OrderParams
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.feeds.world.params import WorldParams
from astra_actors.risk.limits import RiskLimits
from astra_actors.signals.params import SignalParams
from astra_actors.venues.paper_params import PaperParams


class Settings(BaseModel):
    """Everything a person may set. `config.load` reads it from files and the environment; this class reads nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    run: RunSettings = Field(default_factory=RunSettings)
    signals: SignalParams = Field(default_factory=SignalParams)
    estimation: EstimationParams = Field(default_factory=EstimationParams)
    gates: GateSettings = Field(default_factory=GateSettings)
    orders: OrderParams = Field(default_factory=OrderParams)
    paper: PaperParams = Field(default_factory=PaperParams)
    risk: RiskLimits = Field(default_factory=RiskLimits)
    world: WorldParams = Field(default_factory=WorldParams)
    stream: StreamParams = Field(default_factory=StreamParams)
    live: LiveSettings = Field(default_factory=LiveSettings)
    supervision: SupervisionSettings = Field(default_factory=SupervisionSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    strategies: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)  # in the order in which they are asked
