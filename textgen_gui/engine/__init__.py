"""The engine: texts -> corpus -> tokenizer -> token files -> model -> training loop -> events. It knows no Qt."""
