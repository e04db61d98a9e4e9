"""Keys and addresses of the account: read from the environment where they are used, printed as `***`, sent nowhere."""

from __future__ import annotations

from typing import NoReturn

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from astra_actors.kernel.errors import AstraError


class Secrets(BaseSettings):
    """The account as the environment names it. It refuses to be pickled, so it cannot reach Ray's object store."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=True, hide_input_in_errors=True)

    private_key: SecretStr | None = Field(default=None, validation_alias="POLY_PRIVATE_KEY")
    api_key: SecretStr | None = Field(default=None, validation_alias="POLY_API_KEY")
    api_secret: SecretStr | None = Field(default=None, validation_alias="POLY_API_SECRET")
    api_passphrase: SecretStr | None = Field(default=None, validation_alias="POLY_API_PASSPHRASE")
    alert_webhook_url: SecretStr | None = Field(default=None, validation_alias="ALERT_WEBHOOK_URL")  # a token
    signature_type: int = Field(
        default=0, ge=0, le=3, validation_alias="SIGNATURE_TYPE"
    )  # 0 plain, 1 proxy, 2 safe, 3 deposit
    funder_address: str = Field(default="", validation_alias="FUNDER_ADDRESS")

    @property
    def missing_for_live(self) -> tuple[str, ...]:
        """The variables a live run needs and does not have; API credentials can be derived from the private key."""
        return () if self.private_key is not None else ("POLY_PRIVATE_KEY",)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise AstraError("secrets are not pickled; read them from the environment in the process that needs them")
