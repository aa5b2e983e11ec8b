"""How many rooms this machine can handle, by what it measures; pure but for ``machine`` and ``measuring``."""

from mcp_voice.capacity.admission import Capacity
from mcp_voice.capacity.measurement import Measurement
from mcp_voice.capacity.measuring import measured_capacity

__all__ = ["Capacity", "Measurement", "measured_capacity"]
