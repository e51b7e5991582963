"""Trains in a launch that splits the model, on a processor: accelerate itself offers FSDP for graphics cards only.

python -m torch.distributed.run --standalone --nproc_per_node=2 -m tests.split_job train RUN
"""

import os
import sys
from typing import Any

import accelerate
from accelerate.state import PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin

# What accelerate launch makes of a configuration file that asks for FSDP 2.
os.environ |= {"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2", "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP"}


class OnProcessors(accelerate.Accelerator):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.state.fsdp_plugin = FullyShardedDataParallelPlugin()
        self.state.distributed_type = PartialState._shared_state["distributed_type"] = DistributedType.FSDP
        assert self.is_fsdp2 and self.num_processes > 1


accelerate.Accelerator = OnProcessors

from textgen_gui.cli import main  # noqa: E402 (what it imports takes the class above)

sys.exit(main())
