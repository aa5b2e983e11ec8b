"""The ears that need no key: Moonshine (tiny, English) on onnxruntime, in child processes.

Its makers publish the weights under the MIT licence. The child's modules import neither LiveKit nor pydantic.
"""
