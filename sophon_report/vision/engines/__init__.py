"""What computes a model: one protocol, one module per way (``cpu`` on onnxruntime; ``sail`` on the TPU)."""
