"""The wheel's tag: any Python 3, no ABI, the platform that ``scripts/server_package.py`` names."""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelTag(BuildHookInterface[Any]):
    """Called by hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Set the tag; raises KeyError where it is not said, as when somebody builds without the script."""
        build_data["tag"] = f"py3-none-{os.environ['WHEEL_PLATFORM']}"
        build_data["pure_python"] = False
