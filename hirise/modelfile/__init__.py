"""A stranger's model, looked at without loading it: what it takes, what is unsafe.

The pages show this before anything of the model is loaded; loading checks it again.
"""

from hirise.modelfile.about import FORM_NAMES, ModelFile
from hirise.modelfile.inspect import inspect_model, is_model
from hirise.modelfile.keras_config import check_config, parsed

__all__ = [
    "FORM_NAMES",
    "ModelFile",
    "check_config",
    "inspect_model",
    "is_model",
    "parsed",
]
